#include <pybind11/stl.h>

#include "bindings/array_type.h"
#include "bindings/families.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

void add_networks(py::module_& m) {
  const py::arg p;
  m.def("matmul", &matmul, p, p, p, p);
}

}  // namespace pydl::python
