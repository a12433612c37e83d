#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

// index and offsets (one more than bags) have been checked where the bags were put together;
// float32 and float64 only.
namespace {

const void* data(const std::optional<Array>& x) { return x ? x->data() : nullptr; }

std::optional<Array> dense(const std::optional<Array>& x) {
  return x ? std::optional<Array>(contiguous(*x)) : std::nullopt;
}

}  // namespace

Array embedding_bag(const Array& w, const Array& index, const Array& offsets,
                    const std::optional<Array>& scale) {
  const int64_t bags = offsets.size() - 1, size = w.shape(1);
  const Array from = contiguous(w);
  const std::optional<Array> factors = dense(scale);
  Array y = Array::empty(Shape{bags, size}, w.dtype(), w.device());
  launch(kernels_for(w).embedding_bag, w.dtype(), index.size() * size, y.data(), from.data(),
         index.data_as<int64_t>(), offsets.data_as<int64_t>(), data(factors), bags, size);
  return y;
}

std::pair<Array, Array> embedding_bag_max(const Array& w, const Array& index,
                                          const Array& offsets) {
  const int64_t bags = offsets.size() - 1, size = w.shape(1);
  const Array from = contiguous(w);
  Array y = Array::empty(Shape{bags, size}, w.dtype(), w.device());
  Array row = Array::empty(Shape{bags, size}, DType::kInt64, w.device());
  launch(kernels_for(w).embedding_bag_max, w.dtype(), index.size() * size, y.data(),
         row.data_as<int64_t>(), from.data(), index.data_as<int64_t>(), offsets.data_as<int64_t>(),
         bags, size);
  return {y, row};
}

Array embedding_bag_backward(const Array& g, const Array& index, const Array& offsets,
                             const std::optional<Array>& scale, int64_t rows) {
  const int64_t bags = offsets.size() - 1, size = g.shape(1);
  const Array from = contiguous(g);
  const std::optional<Array> factors = dense(scale);
  Array dw = Array::zeros(Shape{rows, size}, g.dtype(), g.device());
  launch(kernels_for(g).embedding_bag_backward, g.dtype(), index.size() * size, dw.data(),
         from.data(), index.data_as<int64_t>(), offsets.data_as<int64_t>(), data(factors), bags,
         size);
  return dw;
}

Array embedding_bag_scale_grad(const Array& g, const Array& w, const Array& index,
                               const Array& offsets) {
  const int64_t bags = offsets.size() - 1, size = g.shape(1);
  const Array u = contiguous(g), v = contiguous(w);
  Array dscale = Array::empty(index.shape(), g.dtype(), g.device());
  launch(kernels_for(g).embedding_bag_scale_grad, g.dtype(), index.size() * size, dscale.data(),
         u.data(), v.data(), index.data_as<int64_t>(), offsets.data_as<int64_t>(), bags, size);
  return dscale;
}

}  // namespace pydl
