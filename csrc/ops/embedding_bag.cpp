#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

// float32 and float64 only.
namespace {

// index and offsets (one more than bags) have been checked where the bags were put together, but
// the table may have been replaced since, by w.data = ...; x, of two dimensions, is it or a
// gradient.
void check_bags(const Array& x, int64_t rows, const Array& index, const Array& offsets) {
  check(x.ndim() == 2, ErrorKind::kShape, "embedding_bag: expected (rows, size), got ", x.shape());
  const int64_t* at = offsets.data_as<int64_t>();
  for (int64_t b = 0; b + 1 < offsets.size(); ++b) {
    check(at[b] >= 0 && at[b] <= at[b + 1] && at[b + 1] <= index.size(), ErrorKind::kValue,
          "embedding_bag: expected offsets that rise from 0 to at most ", index.size(), ", got ",
          at[b], " and ", at[b + 1]);
  }
  const int64_t* row = index.data_as<int64_t>();
  for (int64_t i = 0; i < index.size(); ++i) {
    check(row[i] >= 0 && row[i] < rows, ErrorKind::kIndex,
          "embedding_bag: expected indices from 0 to ", rows - 1, ", got ", row[i]);
  }
}

// A gradient (bags, size) and a factor for each index.
void check_gradient(const Array& g, const Array& offsets) {
  check(g.shape(0) == offsets.size() - 1, ErrorKind::kShape,
        "embedding_bag: expected a gradient of ", offsets.size() - 1, " bags, got ", g.shape());
}
void check_scale(const std::optional<Array>& scale, const Array& x, const Array& index) {
  if (!scale) return;
  check(scale->size() == index.size() && scale->dtype() == x.dtype(), ErrorKind::kShape,
        "embedding_bag: expected ", index.size(), " factors of ", x.dtype(), ", got ",
        scale->shape(), " ", scale->dtype());
}

const void* data(const std::optional<Array>& x) { return x ? x->data() : nullptr; }

std::optional<Array> dense(const std::optional<Array>& x) {
  return x ? std::optional<Array>(contiguous(*x)) : std::nullopt;
}

}  // namespace

Array embedding_bag(const Array& w, const Array& index, const Array& offsets,
                    const std::optional<Array>& scale) {
  check_bags(w, w.ndim() ? w.shape(0) : 0, index, offsets);
  check_scale(scale, w, index);
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
  check_bags(w, w.ndim() ? w.shape(0) : 0, index, offsets);
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
  check_bags(g, rows, index, offsets);
  check_gradient(g, offsets);
  check_scale(scale, g, index);
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
  check_bags(w, w.ndim() ? w.shape(0) : 0, index, offsets);
  check(g.ndim() == 2 && g.shape(1) == w.shape(1) && g.dtype() == w.dtype(), ErrorKind::kShape,
        "embedding_bag: expected a gradient of ", w.shape(1), " columns of ", w.dtype(), ", got ",
        g.shape(), " ", g.dtype());
  check_gradient(g, offsets);
  const int64_t bags = offsets.size() - 1, size = g.shape(1);
  const Array u = contiguous(g), v = contiguous(w);
  Array dscale = Array::empty(index.shape(), g.dtype(), g.device());
  launch(kernels_for(g).embedding_bag_scale_grad, g.dtype(), index.size() * size, dscale.data(),
         u.data(), v.data(), index.data_as<int64_t>(), offsets.data_as<int64_t>(), bags, size);
  return dscale;
}

}  // namespace pydl
