#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Maybe = std::optional<Array>;

Maybe widened(const Maybe& x) { return x ? Maybe(cast(*x, DType::kFloat32)) : x; }
Maybe dense(const Maybe& x) { return x ? Maybe(contiguous(*x)) : x; }
const void* data(const Maybe& x) { return x ? x->data() : nullptr; }

GroupNormArgs make_args(const Array& x, int64_t groups, double eps) {
  check(is_float(x.dtype()), ErrorKind::kDType, "group_norm: expected a floating dtype, got ",
        x.dtype());
  check(x.ndim() >= 2 && groups >= 1 && x.shape(1) % groups == 0, ErrorKind::kShape,
        "group_norm: expected an input (batch, channels, ...) with channels divisible by ", groups,
        ", got ", x.shape());
  GroupNormArgs args{x.shape(0), x.shape(1), groups, 1, eps};
  for (int d = 2; d < x.ndim(); ++d) args.inner *= x.shape(d);
  return args;
}

void check_part(const char* what, const Maybe& part, const Array& x) {
  if (!part) return;
  check(part->ndim() == 1 && part->shape(0) == x.shape(1), ErrorKind::kShape,
        "group_norm: expected a ", what, " of shape ", Shape{x.shape(1)}, " for input ", x.shape(),
        ", got ", part->shape());
  check(part->dtype() == x.dtype(), ErrorKind::kDType, "group_norm: expected a ", what,
        " of dtype ", x.dtype(), ", got ", part->dtype());
}

}  // namespace

std::tuple<Array, Array, Array, Array> group_norm(const Array& x, const Maybe& weight,
                                                  const Maybe& bias, int64_t groups, double eps) {
  const GroupNormArgs args = make_args(x, groups, eps);
  check_part("weight", weight, x);
  check_part("bias", bias, x);
  if (is_half(x.dtype())) {
    auto [y, mean, var, rstd] =
        group_norm(cast(x, DType::kFloat32), widened(weight), widened(bias), groups, eps);
    return {cast(y, x.dtype()), mean, var, rstd};
  }
  const Array from = contiguous(x);
  const Maybe w = dense(weight), b = dense(bias);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  Array stats[3];  // mean, variance, 1 / deviation
  for (Array& part : stats) {
    part = Array::empty(Shape{args.batch * groups}, x.dtype(), x.device());
  }
  if (x.size()) {
    launch(kernels_for(x).group_norm, x.dtype(), 4 * x.size(), args, y.data(), stats[0].data(),
           stats[1].data(), stats[2].data(), from.data(), data(w), data(b));
  }
  return {y, stats[0], stats[1], stats[2]};
}

std::tuple<Array, Array, Array> group_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const Maybe& weight, int64_t groups) {
  check(same(g.shape(), x.shape()) && g.dtype() == x.dtype(), ErrorKind::kShape,
        "group_norm_backward: expected a gradient of ", x.shape(), " ", x.dtype(), ", got ",
        g.shape(), " ", g.dtype());
  const GroupNormArgs args = make_args(x, groups, 0);
  check_part("weight", weight, x);
  for (const Array* stat : {&mean, &rstd}) {
    check(stat->size() == args.batch * groups && stat->dtype() == compute_dtype(x.dtype()),
          ErrorKind::kShape, "group_norm_backward: expected statistics of ", groups, " groups of ",
          x.shape(), " ", x.dtype(), ", got ", stat->shape(), " ", stat->dtype());
  }
  if (is_half(x.dtype())) {
    auto [dx, dw, db] = group_norm_backward(cast(g, DType::kFloat32), cast(x, DType::kFloat32),
                                            mean, rstd, widened(weight), groups);
    return {cast(dx, x.dtype()), cast(dw, x.dtype()), cast(db, x.dtype())};
  }
  const Array from = contiguous(x), gradient = contiguous(g);
  const Maybe w = dense(weight);
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  Array dw = Array::zeros(Shape{args.channels}, x.dtype(), x.device());
  Array db = Array::zeros(Shape{args.channels}, x.dtype(), x.device());
  if (x.size() == 0) return {dx, dw, db};
  const Array scratch = Array::empty(Shape{2, args.batch, args.channels}, x.dtype(), x.device());
  launch(kernels_for(x).group_norm_backward, x.dtype(), 8 * x.size(), args, dx.data(), dw.data(),
         db.data(), gradient.data(), from.data(), mean.data(), rstd.data(), data(w),
         scratch.data());
  return {dx, dw, db};
}

}  // namespace pydl
