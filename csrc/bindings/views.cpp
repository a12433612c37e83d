#include "bindings/array_type.h"
#include "bindings/families.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

Array empty(const Shape& shape, DType dtype) { return Array::empty(shape, dtype); }
Array zeros(const Shape& shape, DType dtype) { return Array::zeros(shape, dtype); }
Array full_(const Shape& shape, const Array& value) { return full(shape, value); }
Array arange_float(double start, double step, int64_t size, DType dtype) {
  return arange(start, step, size, dtype);
}
Array arange_int(int64_t start, int64_t step, int64_t size, DType dtype) {
  return arange(start, step, size, dtype);
}
Array untracked(const Array& x) { return x.untracked(); }
bool same_shape(const Array& x, const Array& y) { return same(x.shape(), y.shape()); }
void written(const Array& x) { x.written(); }

}  // namespace

void add_views(py::module_& m) {
  const py::arg p;
  m.def("empty", &empty, p, p);
  m.def("zeros", &zeros, p, p);
  m.def("full", &full_, p, p);
  m.def("arange_float", &arange_float, p, p, p, p);
  m.def("arange_int", &arange_int, p, p, p, p);
  m.def("cast", &cast, p, p);
  m.def("clone", &clone, p);
  m.def("contiguous", &contiguous, p);
  m.def("copy_into", &copy_into, p, p);
  m.def("untracked", &untracked, p, "The same memory; writes through it are not counted.");
  m.def("written", &written, p, "Counts an in-place write.");
  m.def("same_shape", &same_shape, p, p);
  m.def("as_strided", &as_strided, p, p, p, p);
  m.def("expand", &expand, p, p);
  m.def("permute", &permute, p, p);
  m.def("transpose", &transpose, p, p, p);
  m.def("select", &select, p, p, p);
  m.def("slice", &slice, p, p, p, p, p);
  m.def("unsqueeze", &unsqueeze, p, p);
  m.def("can_view", &can_view, p, p);
  m.def("view", &view, p, p);
  m.def("reshape", &reshape, p, p);
}

}  // namespace pydl::python
