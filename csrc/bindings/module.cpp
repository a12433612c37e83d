// The module pydl._C: a list. Each family of ops has a function of its own that adds its names.
#include <pybind11/pybind11.h>

#include "bindings/array_type.h"
#include "bindings/families.h"
#include "bindings/tape.h"

namespace py = pybind11;

PYBIND11_MODULE(_C, m) {
  m.doc() = "pydl's C++ core: arrays and the kernels on them.";
  pydl::python::add_array_type(m.ptr());
  pydl::python::add_tape(m.ptr());
  pydl::python::add_node(m.ptr());
  pydl::python::add_errors(m);
  pydl::python::add_runtime(m);
  pydl::python::add_exchange(m);
  pydl::python::add_pointwise(m);
  pydl::python::add_views(m);
  pydl::python::add_indexing(m);
  pydl::python::add_networks(m);
  pydl::python::add_optim(m);
}
