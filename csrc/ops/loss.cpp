#include <vector>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

void check_pair(const Array& x, const Array& y) {
  check_same_device("loss", x, y);
  check(is_float(x.dtype()) && !is_half(x.dtype()) && y.dtype() == x.dtype(), ErrorKind::kDType,
        "loss: expected float32 or float64 twice, got ", x.dtype(), " and ", y.dtype());
  check(same(x.shape(), y.shape()), ErrorKind::kShape, "loss: expected one shape, got ", x.shape(),
        " and ", y.shape());
}

}  // namespace

Array loss_sum(LossOp op, const Array& x, const Array& y, double scale, double bound,
               double curvature) {
  check_pair(x, y);
  const Array a = contiguous(x), b = contiguous(y);
  std::vector<double> sums(static_cast<size_t>((x.size() + kLossChunk - 1) / kLossChunk));
  launch(kernels_for(x).loss_sum, x.dtype(), 2 * x.size(), op, sums.data(), a.data(), b.data(),
         x.size(), bound, curvature);
  double total = 0;
  for (double sum : sums) total += sum;
  return scalar(total * scale, x.dtype());
}

Array loss_backward(LossOp op, const Array& g, const Array& x, const Array& y, double scale,
                    double bound, double curvature) {
  check_pair(x, y);
  check(g.size() == 1 && g.dtype() == x.dtype(), ErrorKind::kShape,
        "loss: expected a gradient of one ", x.dtype(), ", got ", g.shape(), " ", g.dtype());
  const Array a = contiguous(x), b = contiguous(y);
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  launch(kernels_for(x).loss_backward, x.dtype(), 2 * x.size(), op, dx.data(), g.data(), scale,
         a.data(), b.data(), x.size(), bound, curvature);
  return dx;
}

}  // namespace pydl
