#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Maybe = std::optional<Array>;

void check_part(const char* op, const char* what, const Maybe& part, const Array& x, int64_t size) {
  if (!part) return;
  check(part->size() == size && part->dtype() == x.dtype(), ErrorKind::kDType, op, ": expected a ",
        what, " of ", size, " elements of ", x.dtype(), ", got ", part->shape(), " ",
        part->dtype());
}

Maybe widened(const Maybe& x) { return x ? Maybe(cast(*x, DType::kFloat32)) : x; }
Maybe dense(const Maybe& x) { return x ? Maybe(contiguous(*x)) : x; }
const void* data(const Maybe& x) { return x ? x->data() : nullptr; }

// What forward has seen may have been replaced since, by x.data = ...
void check_backward(const char* op, const Array& g, const Array& x, const Array* mean,
                    const Array& rstd, const Maybe& weight, int64_t size) {
  check(same(g.shape(), x.shape()) && g.dtype() == x.dtype(), ErrorKind::kShape, op,
        "_backward: expected a gradient of ", x.shape(), " ", x.dtype(), ", got ", g.shape(), " ",
        g.dtype());
  const DType dtype = compute_dtype(x.dtype());
  for (const Array* stat : {mean ? mean : &rstd, &rstd}) {
    check(size > 0 ? stat->size() == x.size() / size && stat->dtype() == dtype : x.size() == 0,
          ErrorKind::kShape, op, "_backward: expected statistics of the rows of ", x.shape(), " ",
          x.dtype(), ", got ", stat->shape(), " ", stat->dtype());
  }
  check_part(op, "weight", weight, x, size);
}

// The kernel of both gradients, for an x that is not empty: mean and db are null for rms_norm.
void run_backward(const Array& dx, const Array& dw, void* db, const Array& g, const Array& x,
                  const void* mean, const Array& rstd, const Maybe& weight, int64_t size) {
  const int64_t rows = x.size() / size;
  const Array from = contiguous(x), gradient = contiguous(g);
  const Maybe w = dense(weight);
  size_t bytes = 0;
  const KernelTable& kernels = kernels_for(x);
  launch(kernels.layer_norm_scratch, x.dtype(), 0, rows, size, &bytes);
  Array scratch = Array::empty(Shape{static_cast<int64_t>(bytes)}, DType::kUInt8, x.device());
  launch(kernels.layer_norm_backward, x.dtype(), 8 * x.size(), dx.data(), dw.data(), db,
         gradient.data(), from.data(), mean, rstd.data(), data(w), rows, size, scratch.data());
}

}  // namespace

std::tuple<Array, Array, Array> layer_norm(const Array& x, const Maybe& weight, const Maybe& bias,
                                           int64_t size, double eps) {
  check(is_float(x.dtype()), ErrorKind::kDType, "layer_norm: expected a floating dtype, got ",
        x.dtype());
  check_part("layer_norm", "weight", weight, x, size);
  check_part("layer_norm", "bias", bias, x, size);
  if (is_half(x.dtype())) {
    auto [y, mean, rstd] =
        layer_norm(cast(x, DType::kFloat32), widened(weight), widened(bias), size, eps);
    return {cast(y, x.dtype()), mean, rstd};
  }
  const int64_t rows = size ? x.size() / size : 0;
  const Array from = contiguous(x);
  const Maybe w = dense(weight), b = dense(bias);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  Array mean = Array::empty(Shape{rows}, x.dtype(), x.device());
  Array rstd = Array::empty(Shape{rows}, x.dtype(), x.device());
  if (x.size()) {
    launch(kernels_for(x).layer_norm, x.dtype(), 4 * x.size(), y.data(), mean.data(), rstd.data(),
           from.data(), data(w), data(b), rows, size, eps);
  }
  return {y, mean, rstd};
}

std::tuple<Array, Array, Array> layer_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const Maybe& weight, int64_t size) {
  check_backward("layer_norm", g, x, &mean, rstd, weight, size);
  if (is_half(x.dtype())) {
    auto [dx, dw, db] = layer_norm_backward(cast(g, DType::kFloat32), cast(x, DType::kFloat32),
                                            mean, rstd, widened(weight), size);
    return {cast(dx, x.dtype()), cast(dw, x.dtype()), cast(db, x.dtype())};
  }
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  Array dw = Array::zeros(Shape{size}, x.dtype(), x.device());
  Array db = Array::zeros(Shape{size}, x.dtype(), x.device());
  if (x.size()) run_backward(dx, dw, db.data(), g, x, mean.data(), rstd, weight, size);
  return {dx, dw, db};
}

std::pair<Array, Array> rms_norm(const Array& x, const Maybe& weight, int64_t size, double eps) {
  check(is_float(x.dtype()), ErrorKind::kDType, "rms_norm: expected a floating dtype, got ",
        x.dtype());
  check_part("rms_norm", "weight", weight, x, size);
  if (is_half(x.dtype())) {
    auto [y, rstd] = rms_norm(cast(x, DType::kFloat32), widened(weight), size, eps);
    return {cast(y, x.dtype()), rstd};
  }
  const int64_t rows = size ? x.size() / size : 0;
  const Array from = contiguous(x);
  const Maybe w = dense(weight);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  Array rstd = Array::empty(Shape{rows}, x.dtype(), x.device());
  if (x.size()) {
    launch(kernels_for(x).layer_norm, x.dtype(), 4 * x.size(), y.data(), nullptr, rstd.data(),
           from.data(), data(w), nullptr, rows, size, eps);
  }
  return {y, rstd};
}

std::pair<Array, Array> rms_norm_backward(const Array& g, const Array& x, const Array& rstd,
                                          const Maybe& weight, int64_t size) {
  check_backward("rms_norm", g, x, nullptr, rstd, weight, size);
  if (is_half(x.dtype())) {
    auto [dx, dw] = rms_norm_backward(cast(g, DType::kFloat32), cast(x, DType::kFloat32), rstd,
                                      widened(weight), size);
    return {cast(dx, x.dtype()), cast(dw, x.dtype())};
  }
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  Array dw = Array::zeros(Shape{size}, x.dtype(), x.device());
  if (x.size()) run_backward(dx, dw, nullptr, g, x, nullptr, rstd, weight, size);
  return {dx, dw};
}

}  // namespace pydl
