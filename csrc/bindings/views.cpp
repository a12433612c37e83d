#include "bindings/array_type.h"
#include "bindings/define.h"
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
  def<&empty>(m, "empty", p, p);
  def<&zeros>(m, "zeros", p, p);
  def<&full_>(m, "full", p, p);
  def<&arange_float>(m, "arange_float", p, p, p, p);
  def<&arange_int>(m, "arange_int", p, p, p, p);
  def<&cast>(m, "cast", p, p);
  def<&clone>(m, "clone", p);
  def<&contiguous>(m, "contiguous", p);
  def<&copy_into>(m, "copy_into", p, p);
  m.def("untracked", &untracked, p, "The same memory; writes through it are not counted.");
  m.def("written", &written, p, "Counts an in-place write.");
  def<&same_shape>(m, "same_shape", p, p);
  def<&as_strided>(m, "as_strided", p, p, p, p);
  def<&expand>(m, "expand", p, p);
  def<&permute>(m, "permute", p, p);
  def<&transpose>(m, "transpose", p, p, p);
  def<&select>(m, "select", p, p, p);
  def<&slice>(m, "slice", p, p, p, p, p);
  def<&unsqueeze>(m, "unsqueeze", p, p);
  def<&can_view>(m, "can_view", p, p);
  def<&view>(m, "view", p, p);
  def<&reshape>(m, "reshape", p, p);
}

}  // namespace pydl::python
