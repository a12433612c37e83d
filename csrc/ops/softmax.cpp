#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

const char* name(bool log) { return log ? "log_softmax" : "softmax"; }

}  // namespace

Array softmax(const Array& x, int64_t dim, bool log) {
  check(is_float(x.dtype()), ErrorKind::kDType, name(log), ": expected a floating dtype, got ",
        x.dtype());
  if (is_half(x.dtype())) return cast(softmax(cast(x, DType::kFloat32), dim, log), x.dtype());
  const Split s = split_at(x.shape(), wrap_dim(name(log), dim, x.ndim()));
  const Array dense = contiguous(x);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  launch(kernels_for(x).softmax, x.dtype(), 16 * x.size(), log, y.data(), dense.data(), s.outer,
         s.size, s.inner);
  return y;
}

Array softmax_backward(const Array& g, const Array& y, int64_t dim, bool log) {
  check(same(g.shape(), y.shape()) && g.dtype() == y.dtype(), ErrorKind::kShape, name(log),
        "_backward: expected a gradient of ", y.shape(), " ", y.dtype(), ", got ", g.shape(), " ",
        g.dtype());
  if (is_half(y.dtype())) {
    const Array wide = cast(y, DType::kFloat32);
    return cast(softmax_backward(cast(g, DType::kFloat32), wide, dim, log), y.dtype());
  }
  const Split s = split_at(y.shape(), wrap_dim(name(log), dim, y.ndim()));
  const Array g_dense = contiguous(g), y_dense = contiguous(y);
  Array dx = Array::empty(y.shape(), y.dtype(), y.device());
  launch(kernels_for(y).softmax_backward, y.dtype(), (log ? 16 : 4) * y.size(), log, dx.data(),
         g_dense.data(), y_dense.data(), s.outer, s.size, s.inner);
  return dx;
}

}  // namespace pydl
