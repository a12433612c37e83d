#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

// Unlike an index, a token is never counted from the end.
Array checked_tokens(const char* op, const Array& tokens, int64_t rows) {
  check(tokens.dtype() == DType::kInt64 || tokens.dtype() == DType::kInt32, ErrorKind::kDType, op,
        ": expected indices of dtype int64 or int32, got ", tokens.dtype());
  const Array dense = contiguous(cast(tokens, DType::kInt64));
  const int64_t* at = dense.data_as<int64_t>();
  for (int64_t i = 0; i < dense.size(); ++i) {
    if (at[i] >= 0 && at[i] < rows) continue;
    Shape where(dense.shape());
    int64_t flat = i;
    for (int d = where.size() - 1; d >= 0; --d) {
      where[d] = flat % dense.shape(d);
      flat /= dense.shape(d);
    }
    fail(ErrorKind::kIndex, op, ": expected indices from 0 to ", rows - 1, ", got ", at[i],
         " at position ", where);
  }
  return dense;
}

Array embedding_backward(const Array& g, const Array& tokens, int64_t rows, int64_t padding_idx) {
  if (is_half(g.dtype())) {
    return cast(embedding_backward(cast(g, DType::kFloat32), tokens, rows, padding_idx), g.dtype());
  }
  const int64_t size = g.shape(g.ndim() - 1);
  const Array dense = contiguous(g);
  Array dw = Array::zeros(Shape{rows, size}, g.dtype(), g.device());
  launch(kernels_for(g).embedding_backward, g.dtype(), g.size(), dw.data(), dense.data(),
         tokens.data_as<int64_t>(), tokens.size(), size, rows, padding_idx);
  return dw;
}

}  // namespace pydl
