// Copies, conversions, fills.
#include <cstring>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {
// Memory that two arrays could share: an in-place copy between overlapping views goes through a
// temporary.
bool may_overlap(const Array& x, const Array& y) { return x.storage() == y.storage(); }
}  // namespace

Array cast(const Array& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Array y = empty_like(x, dtype);
  copy_into(y, x);
  return y;
}

Array clone(const Array& x) {
  Array y = empty_like(x, x.dtype());
  copy_into(y, x);
  return y;
}

Array contiguous(const Array& x) {
  if (x.is_contiguous()) return x;
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  copy_into(y, x);
  return y;
}

void copy_into(const Array& y, const Array& x) {
  check_same_device("copy_", y, x);
  if (!same(y.shape(), x.shape())) {
    const Shape shape = broadcast("copy_", y.shape(), x.shape());
    check(same(shape, y.shape()), ErrorKind::kShape, "copy_: expected a source that broadcasts to ",
          y.shape(), ", got ", x.shape());
  }
  if (y.size() == 0) return;
  check_own_memory("copy", y);
  if (may_overlap(y, x)) {
    // The very same elements need no copy.
    if (y.dtype() == x.dtype() && y.offset() == x.offset() && same(y.shape(), x.shape()) &&
        same(y.strides(), x.strides())) {
      return;
    }
    Array apart = Array::empty(x.shape(), x.dtype(), x.device());
    copy_into(apart, x);
    return copy_into(y, apart);
  }
  const Loop loop = make_loop({&y, &x});
  if (x.dtype() == y.dtype()) {
    launch(kernels_for(x).copy, x.dtype(), y.size(), loop, y.data(), x.data());
  } else {
    launch(kernels_for(x).cast, x.dtype(), y.size(), loop, y.data(), y.dtype(), x.data());
  }
  y.written();
}

Array triangle(bool lower, const Array& x, int64_t diagonal) {
  check(x.ndim() >= 2, ErrorKind::kShape, lower ? "tril" : "triu",
        ": expected a matrix or a stack of them, got shape ", x.shape());
  const int64_t rows = x.shape(x.ndim() - 2), cols = x.shape(x.ndim() - 1);
  // Beyond the corners nothing changes.
  diagonal = diagonal < -rows - 1 ? -rows - 1 : diagonal > cols + 1 ? cols + 1 : diagonal;
  const Array dense = contiguous(x);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  if (y.size() == 0) return y;
  launch(kernels_for(x).triangle, x.dtype(), y.size(), lower, y.data(), dense.data(),
         x.size() / (rows * cols), rows, cols, diagonal);
  return y;
}

Array scalar(double value, DType dtype) {
  Array x = Array::empty({}, DType::kFloat64);
  *x.data_as<double>() = value;
  return cast(x, dtype);
}

Array scalar(int64_t value, DType dtype) {
  Array x = Array::empty({}, DType::kInt64);
  *x.data_as<int64_t>() = value;
  return cast(x, dtype);
}

Array full(Extents shape, const Array& value) {
  Array y = Array::empty(shape, value.dtype(), value.device());
  copy_into(y, value);
  return y;
}

Array arange(double start, double step, int64_t size, DType dtype) {
  check(size >= 0, ErrorKind::kValue, "arange: the sign of step ", step,
        " leads away from the end, starting at ", start);
  Array y = Array::empty(Shape{size}, DType::kFloat64);
  double* values = y.data_as<double>();
  for (int64_t i = 0; i < size; ++i) values[i] = start + static_cast<double>(i) * step;
  return cast(y, dtype);
}

Array arange(int64_t start, int64_t step, int64_t size, DType dtype) {
  check(size >= 0, ErrorKind::kValue, "arange: the sign of step ", step,
        " leads away from the end, starting at ", start);
  Array y = Array::empty(Shape{size}, DType::kInt64);
  int64_t* values = y.data_as<int64_t>();
  for (int64_t i = 0; i < size; ++i) values[i] = start + i * step;
  return cast(y, dtype);
}

}  // namespace pydl
