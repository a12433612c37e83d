#include <algorithm>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// x with a dimension moved to the end, contiguous: rows. A scalar is one row of one element.
struct Rows {
  Array x;
  int dim;
  int64_t rows, size;

  Rows(const Array& array, int d)
      : x(contiguous(array.ndim() ? transpose(array, d, -1) : array)),
        dim(d),
        rows(1),
        size(array.ndim() ? array.shape(d) : 1) {
    for (int i = 0; i + 1 < x.ndim(); ++i) rows *= x.shape(i);
  }

  // Uninitialised: a number of places for each row.
  Array result(int64_t count, DType dtype) const {
    Shape shape(x.shape());
    if (x.ndim()) shape[x.ndim() - 1] = count;
    return Array::empty(shape, dtype, x.device());
  }
  // A result as the caller sees it, with the dimension where it was.
  Array back(const Array& y) const { return x.ndim() ? contiguous(transpose(y, dim, -1)) : y; }

  Array scratch(bool wanted, int64_t count, DType dtype) const {
    return Array::empty(Shape{wanted ? rows : 0, count}, dtype, x.device());
  }
};

}  // namespace

std::pair<Array, Array> running_extreme(bool maximum, const Array& x, int64_t dim) {
  if (is_half(x.dtype())) {
    auto [y, index] = running_extreme(maximum, cast(x, DType::kFloat32), dim);
    return {cast(y, x.dtype()), index};
  }
  const Split s = split_at(x.shape(), wrap_dim(maximum ? "cummax" : "cummin", dim, x.ndim()));
  const Array dense = contiguous(x);
  Array y = Array::empty(x.shape(), x.dtype(), x.device());
  Array index = Array::empty(x.shape(), DType::kInt64, x.device());
  launch(kernels_for(x).running_extreme, x.dtype(), 2 * x.size(), maximum, y.data(),
         index.data_as<int64_t>(), dense.data(), s.outer, s.size, s.inner);
  return {y, index};
}

Array topk(const Array& x, int64_t k, int64_t dim, bool largest) {
  if (is_half(x.dtype())) return topk(cast(x, DType::kFloat32), k, dim, largest);
  const Rows rows(x, wrap_dim("topk", dim, x.ndim()));
  check(k >= 0 && k <= rows.size, ErrorKind::kValue, "topk: expected k from 0 to ", rows.size,
        " (dimension ", rows.dim, " of shape ", x.shape(), "), got ", k);
  Array index = rows.result(k, DType::kInt64);
  if (index.size()) {
    const bool many = rows.size > kFewPairs && 2 * k > kFewPairs;
    const Array keys = rows.scratch(many, rows.size, x.dtype());
    const Array pairs = rows.scratch(many, 4 * k, DType::kInt64);
    launch(kernels_for(x).topk, x.dtype(), 4 * x.size(), largest, index.data_as<int64_t>(),
           rows.x.data(), rows.rows, rows.size, k, keys.data(), pairs.data());
  }
  return rows.back(index);
}

Array sort(const Array& x, int64_t dim, bool descending) {
  if (is_half(x.dtype())) return sort(cast(x, DType::kFloat32), dim, descending);
  const Rows rows(x, wrap_dim("sort", dim, x.ndim()));
  check(rows.size < int64_t{1} << 32, ErrorKind::kShape,
        "sort: expected fewer than 2^32 elements in dimension ", dim, ", got shape ", x.shape());
  Array index = rows.result(rows.size, DType::kInt64);
  if (index.size() == 0) return rows.back(index);
  const int64_t together = rows.size <= kSortOnStack ? 0 : std::min(rows.rows, kSortTogether);
  const Array scratch =
      Array::empty(Shape{together, sort_scratch(rows.size)}, DType::kUInt8, x.device());
  launch(kernels_for(x).sort, x.dtype(), 16 * x.size(), descending, index.data_as<int64_t>(),
         rows.x.data(), rows.rows, rows.size, scratch.data());
  return rows.back(index);
}

Array kthvalue(RankRule rule, const Array& x, int64_t k, int64_t dim) {
  if (is_half(x.dtype())) return kthvalue(rule, cast(x, DType::kFloat32), k, dim);
  const Rows rows(x, wrap_dim("kthvalue", dim, x.ndim()));
  check(rows.size > 0 && (rule != RankRule::kFixed || (k >= 1 && k <= rows.size)),
        ErrorKind::kValue, "kthvalue: expected k from 1 to ", rows.size, ", got ", k, " (shape ",
        x.shape(), ")");
  Array index = rows.result(1, DType::kInt64);
  const Array keys = rows.scratch(rows.size > kFewPairs, rows.size, x.dtype());
  launch(kernels_for(x).kthvalue, x.dtype(), 4 * x.size(), rule, k - 1, index.data_as<int64_t>(),
         rows.x.data(), rows.rows, rows.size, keys.data());
  return rows.back(index);
}

Array searchsorted(const Array& x, const Array& values, bool right) {
  check_same_device("searchsorted", x, values);
  check(x.dtype() == values.dtype(), ErrorKind::kDType, "searchsorted: expected values of dtype ",
        x.dtype(), ", got ", values.dtype());
  if (is_half(x.dtype())) {
    return searchsorted(cast(x, DType::kFloat32), cast(values, DType::kFloat32), right);
  }
  check(x.ndim() > 0, ErrorKind::kShape, "searchsorted: expected an ordered row, got a scalar");
  const int64_t size = x.shape(x.ndim() - 1);
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.ndim(); ++i) rows *= x.shape(i);
  bool fits = x.ndim() == 1 || x.ndim() == values.ndim();
  for (int i = 0; fits && i + 1 < x.ndim(); ++i) fits = x.shape(i) == values.shape(i);
  check(fits, ErrorKind::kShape, "searchsorted: expected rows for all but the last dimension of ",
        values.shape(), ", got ", x.shape());
  if (size == 0 || values.size() == 0) {
    return Array::zeros(values.shape(), DType::kInt64, x.device());
  }
  const Array ordered = contiguous(x), dense = contiguous(values);
  Array index = Array::empty(values.shape(), DType::kInt64, x.device());
  launch(kernels_for(x).searchsorted, x.dtype(), 40 * values.size(), right,
         index.data_as<int64_t>(), ordered.data(), dense.data(), rows, size, values.size() / rows);
  return index;
}

Array logcumsumexp(const Array& x, int64_t dim) {
  if (is_half(x.dtype())) return cast(logcumsumexp(cast(x, DType::kFloat32), dim), x.dtype());
  const Rows rows(x, wrap_dim("logcumsumexp", dim, x.ndim()));
  Array y = rows.result(rows.size, x.dtype());
  launch(kernels_for(x).logcumsumexp, x.dtype(), 40 * x.size(), y.data(), rows.x.data(), rows.rows,
         rows.size);
  return rows.back(y);
}

}  // namespace pydl
