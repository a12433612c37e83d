#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

std::pair<Array, Array> dropout(const Array& x, double p, uint64_t seed, uint64_t offset) {
  check(is_float(x.dtype()), ErrorKind::kDType, "dropout: expected a floating dtype, got ",
        x.dtype());
  if (is_half(x.dtype())) {
    auto [y, mask] = dropout(cast(x, DType::kFloat32), p, seed, offset);
    return {cast(y, x.dtype()), mask};
  }
  const Array dense = contiguous(x);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  Array mask = Array::empty(x.shape(), DType::kUInt8, x.device());
  launch(kernels_for(x).dropout, x.dtype(), 8 * x.size(), y.data(), mask.data_as<uint8_t>(),
         dense.data(), x.size(), p, seed, offset);
  return {y, mask};
}

Array dropout_backward(const Array& g, const Array& mask, double scale) {
  check(same(g.shape(), mask.shape()), ErrorKind::kShape,
        "dropout_backward: expected a gradient of ", mask.shape(), ", got ", g.shape());
  if (is_half(g.dtype()))
    return cast(dropout_backward(cast(g, DType::kFloat32), mask, scale), g.dtype());
  const Array dense = contiguous(g);
  Array dx = Array::empty(g.shape(), g.dtype(), g.device());
  launch(kernels_for(g).dropout_backward, g.dtype(), g.size(), dx.data(), dense.data(),
         mask.data_as<uint8_t>(), g.size(), scale);
  return dx;
}

}  // namespace pydl
