#pragma once

#include <pybind11/pybind11.h>

#include <exception>

namespace pydl::python {

void add_errors(pybind11::module_& m);  // errors.cpp: exception types and their translation
// Sets the Python error for a C++ exception, for functions that pybind11 does not wrap.
void translate(std::exception_ptr error);
// The same for any C++ exception; null, which tells Python that one is set.
PyObject* raise(std::exception_ptr error);
void add_runtime(pybind11::module_& m);  // runtime.cpp: threads, memory, instruction set, grad mode
void add_exchange(pybind11::module_& m);  // exchange.cpp: buffers, DLPack, Python numbers and lists
void add_views(pybind11::module_& m);     // views.cpp: creation, copies, views, indexing
void add_pointwise(pybind11::module_& m);  // pointwise.cpp: unary, binary, compare, reductions
void add_indexing(pybind11::module_& m);  // indexing.cpp: picking, putting, joining, random numbers
void add_networks(pybind11::module_& m);  // networks.cpp: products, convolution, layers
void add_optim(pybind11::module_& m);     // optim.cpp: the steps of the optimizers

}  // namespace pydl::python
