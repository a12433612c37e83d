#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Maybe = std::optional<Array>;

// x as [batch, channels, inner].
struct Planes {
  int64_t batch, channels, inner = 1;
};

Planes planes(const Array& x) {
  Planes p{x.shape(0), x.shape(1)};
  for (int d = 2; d < x.ndim(); ++d) p.inner *= x.shape(d);
  return p;
}

void check_part(const char* what, const Maybe& part, const Array& x) {
  if (!part) return;
  check(part->ndim() == 1 && part->shape(0) == x.shape(1), ErrorKind::kShape,
        "batch_norm: expected a ", what, " of shape ", Shape{x.shape(1)}, " for input ", x.shape(),
        ", got ", part->shape());
  check(part->dtype() == x.dtype(), ErrorKind::kDType, "batch_norm: expected a ", what,
        " of dtype ", x.dtype(), ", got ", part->dtype());
}

Maybe widened(const Maybe& x) { return x ? Maybe(cast(*x, DType::kFloat32)) : x; }
Maybe dense(const Maybe& x) { return x ? Maybe(contiguous(*x)) : x; }
const void* data(const Maybe& x) { return x ? x->data() : nullptr; }

}  // namespace

std::pair<Array, Array> batch_norm_stats(const Array& x) {
  check(is_float(x.dtype()), ErrorKind::kDType, "batch_norm: expected a floating dtype, got ",
        x.dtype());
  if (is_half(x.dtype())) return batch_norm_stats(cast(x, DType::kFloat32));
  const Planes p = planes(x);
  const Array from = contiguous(x);
  Array mean = Array::empty(Shape{p.channels}, x.dtype(), x.device());
  Array var = Array::empty(Shape{p.channels}, x.dtype(), x.device());
  launch(kernels_for(x).batch_norm_stats, x.dtype(), 2 * x.size(), mean.data(), var.data(),
         from.data(), p.batch, p.channels, p.inner);
  return {mean, var};
}

Array batch_norm(const Array& x, const Array& mean, const Array& rstd, const Maybe& weight,
                 const Maybe& bias) {
  check_part("weight", weight, x);
  check_part("bias", bias, x);
  if (is_half(x.dtype())) {
    return cast(batch_norm(cast(x, DType::kFloat32), mean, rstd, widened(weight), widened(bias)),
                x.dtype());
  }
  check_part("mean", mean, x);
  check_part("rstd", rstd, x);
  const Planes p = planes(x);
  const Array from = contiguous(x), m = contiguous(mean), r = contiguous(rstd);
  const Maybe w = dense(weight), b = dense(bias);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  launch(kernels_for(x).batch_norm, x.dtype(), 2 * x.size(), y.data(), from.data(), m.data(),
         r.data(), data(w), data(b), p.batch, p.channels, p.inner);
  return y;
}

// Of training: mean and rstd are those of x itself.
std::tuple<Array, Array, Array> batch_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const Maybe& weight) {
  check(same(g.shape(), x.shape()) && g.dtype() == x.dtype(), ErrorKind::kShape,
        "batch_norm_backward: expected a gradient of ", x.shape(), " ", x.dtype(), ", got ",
        g.shape(), " ", g.dtype());
  check_part("weight", weight, x);
  if (is_half(x.dtype())) {
    auto [dx, dw, db] = batch_norm_backward(cast(g, DType::kFloat32), cast(x, DType::kFloat32),
                                            mean, rstd, widened(weight));
    return {cast(dx, x.dtype()), cast(dw, x.dtype()), cast(db, x.dtype())};
  }
  check_part("mean", mean, x);
  check_part("rstd", rstd, x);
  const Planes p = planes(x);
  const Array from = contiguous(x), gradient = contiguous(g);
  const Maybe w = dense(weight);
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  Array dw = Array::zeros(Shape{p.channels}, x.dtype(), x.device());
  Array db = Array::zeros(Shape{p.channels}, x.dtype(), x.device());
  launch(kernels_for(x).batch_norm_backward, x.dtype(), 8 * x.size(), true, dx.data(), dw.data(),
         db.data(), gradient.data(), from.data(), mean.data(), rstd.data(), data(w), p.batch,
         p.channels, p.inner);
  return {dx, dw, db};
}

}  // namespace pydl
