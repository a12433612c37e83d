// The fields of a Python Tensor as a C struct: making one, seven fields set, is one call instead of
// nine steps of the interpreter, at every result of every operation. What happens to the fields is
// pydl/autograd's business.
#pragma once

#include <pybind11/pybind11.h>

namespace pydl::python {

void add_tensor_fields(PyObject* module);

}  // namespace pydl::python
