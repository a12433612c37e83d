#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

struct Pairs {
  int64_t batch = 1, rows, others, size;
};

// x1[..., rows, size] and x2[..., others, size], their leading dimensions the same.
Pairs pairs(const Array& x1, const Array& x2) {
  const int n = x1.ndim();
  bool fits = n >= 2 && x2.ndim() == n && x1.shape(n - 1) == x2.shape(n - 1);
  Pairs p;
  for (int d = 0; d < n - 2; ++d) {
    fits = fits && x1.shape(d) == x2.shape(d);
    p.batch *= x1.shape(d);
  }
  check(fits, ErrorKind::kShape, "cdist: expected (..., P, M) and (..., R, M), got ", x1.shape(),
        " and ", x2.shape());
  check(x1.dtype() == x2.dtype() && is_float(x1.dtype()), ErrorKind::kDType,
        "cdist: expected one floating dtype, got ", x1.dtype(), " and ", x2.dtype());
  p.rows = x1.shape(n - 2);
  p.others = x2.shape(n - 2);
  p.size = x1.shape(n - 1);
  return p;
}

}  // namespace

Array cdist(const Array& x1, const Array& x2, double p) {
  const Pairs s = pairs(x1, x2);
  const int n = x1.ndim();
  Shape shape(x1.shape());
  shape[n - 1] = s.others;
  Array y = Array::empty(shape, x1.dtype(), x1.device());
  const Array a = contiguous(x1), b = contiguous(transpose(x2, n - 2, n - 1));
  launch(kernels_for(x1).cdist, x1.dtype(), 2 * y.size() * s.size, y.data(), a.data(), b.data(),
         s.batch, s.rows, s.others, s.size, p);
  return y;
}

Array cdist_backward(const Array& g, const Array& y, const Array& x1, const Array& x2, double p) {
  const Pairs s = pairs(x1, x2);
  Array dx1 = Array::empty(x1.shape(), x1.dtype(), x1.device());
  check(same(g.shape(), y.shape()) && g.size() == s.batch * s.rows * s.others &&
            g.dtype() == x1.dtype() && y.dtype() == x1.dtype(),
        ErrorKind::kShape, "cdist_backward: expected a gradient and distances of ", x1.shape(),
        " and ", x2.shape(), ", got ", g.shape(), " and ", y.shape());
  const Array a = contiguous(x1), b = contiguous(x2), gs = contiguous(g), ys = contiguous(y);
  launch(kernels_for(x1).cdist_backward, x1.dtype(), 4 * g.size() * s.size, dx1.data(), gs.data(),
         ys.data(), a.data(), b.data(), s.batch, s.rows, s.others, s.size, p);
  return dx1;
}

}  // namespace pydl
