#include "ops/common.h"

#include <algorithm>
#include <cstdlib>

namespace pydl {

Loop make_loop(std::initializer_list<const Array*> operands) {
  const int count = static_cast<int>(operands.size());
  const Array& out = **operands.begin();
  const int ndim = out.ndim();
  Loop raw;
  // What nearly every call is: operands of one shape, all adjacent.
  bool flat = true;
  for (const Array* x : operands) {
    flat = flat && same(x->shape(), out.shape()) && x->is_contiguous();
  }
  if (flat) {
    raw.ndim = 1;
    raw.shape[0] = out.size();
    for (int k = 0; k < count; ++k) raw.strides[k][0] = 1;
    return raw;
  }
  int order[kMaxDims];
  int n = 0;
  for (int d = 0; d < ndim; ++d) {
    if (out.shape(d) != 1) order[n++] = d;
  }
  bool sorted = true;
  for (int i = 1; i < n; ++i) {
    sorted &= std::abs(out.stride(order[i - 1])) >= std::abs(out.stride(order[i]));
  }
  if (!sorted) {
    std::stable_sort(order, order + n, [&](int a, int b) {
      return std::abs(out.stride(a)) > std::abs(out.stride(b));
    });
  }
  // Merge a dimension into the one before it where every operand steps through both as one.
  int last = -1;
  for (int i = 0; i < n; ++i) {
    const int d = order[i];
    int64_t step[kMaxOperands];
    int k = 0;
    bool merge = last >= 0;
    for (const Array* x : operands) {
      const int at = d - (ndim - x->ndim());
      step[k] = at < 0 || x->shape(at) == 1 ? 0 : x->stride(at);
      merge = merge && raw.strides[k][last] == step[k] * out.shape(d);
      ++k;
    }
    if (merge) {
      raw.shape[last] *= out.shape(d);
    } else {
      raw.shape[++last] = out.shape(d);
    }
    for (k = 0; k < count; ++k) raw.strides[k][last] = step[k];
  }
  if (last < 0) {
    raw.shape[0] = 1;
    for (int k = 0; k < count; ++k) raw.strides[k][0] = 1;
    last = 0;
  }
  raw.ndim = last + 1;
  return raw;
}

Shape broadcast(const char* op, Extents x, Extents y) {
  const size_t ndim = std::max(x.size(), y.size());
  Shape out;
  for (size_t d = 0; d < ndim; ++d) {
    const int64_t a = d + x.size() < ndim ? 1 : x[d + x.size() - ndim];
    const int64_t b = d + y.size() < ndim ? 1 : y[d + y.size() - ndim];
    check(a == b || a == 1 || b == 1, ErrorKind::kShape, op, ": shapes ", x, " and ", y,
          " do not broadcast: expected equal sizes or 1 in dimension ",
          static_cast<int64_t>(d) - static_cast<int64_t>(ndim), ", got ", a, " and ", b);
    out.push_back(a == 1 ? b : a);
  }
  return out;
}

int wrap_dim(const char* op, int64_t dim, int ndim) {
  const int64_t extent = std::max(ndim, 1);
  check(dim >= -extent && dim < extent, ErrorKind::kIndex, op, ": expected a dimension from ",
        -extent, " to ", extent - 1, ", got ", dim);
  return static_cast<int>(dim < 0 ? dim + extent : dim);
}

Array empty_like(const Array& x, DType dtype) {
  if (x.is_contiguous()) return Array::empty(x.shape(), dtype, x.device());
  // Dense: sorted by stride, each step is the product of the extents below it.
  int order[kMaxDims];
  for (int d = 0; d < x.ndim(); ++d) order[d] = d;
  std::stable_sort(order, order + x.ndim(),
                   [&](int a, int b) { return x.stride(a) < x.stride(b); });
  int64_t step = 1;
  for (int i = 0; i < x.ndim(); ++i) {
    if (x.shape(order[i]) == 1) continue;
    if (x.stride(order[i]) != step) return Array::empty(x.shape(), dtype, x.device());
    step *= x.shape(order[i]);
  }
  Array flat = Array::empty(Shape{x.size()}, dtype, x.device());
  return flat.view(x.shape(), x.strides(), 0);
}

DType promote(DType x, DType y) {
  if (x == y) return x;
  if (is_float(x) != is_float(y)) return is_float(x) ? x : y;
  if (is_float(x)) {
    if (is_half(x) && is_half(y)) return DType::kFloat32;
    if (x == DType::kFloat64 || y == DType::kFloat64) return DType::kFloat64;
    return DType::kFloat32;
  }
  if (x == DType::kBool) return y;
  if (y == DType::kBool) return x;
  if (x == DType::kUInt8 || y == DType::kUInt8) {
    const DType other = x == DType::kUInt8 ? y : x;
    return other == DType::kInt8 ? DType::kInt16 : other;
  }
  return item_size(x) > item_size(y) ? x : y;
}

DType promote(const Array& x, const Array& y) {
  if (x.dtype() == y.dtype()) return x.dtype();
  auto category = [](DType d) { return is_float(d) ? 2 : d == DType::kBool ? 0 : 1; };
  if ((x.ndim() == 0) != (y.ndim() == 0)) {
    const Array& dimensioned = x.ndim() ? x : y;
    const Array& scalar = x.ndim() ? y : x;
    if (category(dimensioned.dtype()) >= category(scalar.dtype())) return dimensioned.dtype();
  }
  return promote(x.dtype(), y.dtype());
}

void check_own_memory(const char* op, const Array& y) {
  for (int d = 0; d < y.ndim(); ++d) {
    check(y.stride(d) != 0 || y.shape(d) <= 1 || y.size() == 0, ErrorKind::kState, op,
          "_: expected memory of its own for each element to write to, got shape ", y.shape(),
          " with strides ", y.strides(), " (an expanded view); clone() it first");
  }
}

Split split_at(Extents shape, int dim) {
  Split s{1, shape.empty() ? 1 : shape[dim], 1};
  for (int d = 0; d < static_cast<int>(shape.size()); ++d) {
    if (d < dim) s.outer *= shape[d];
    if (d > dim) s.inner *= shape[d];
  }
  return s;
}

}  // namespace pydl
