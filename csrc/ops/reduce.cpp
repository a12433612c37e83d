#include <algorithm>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

constexpr const char* kReduceNames[] = {"sum",     "prod",       "max",     "min",
                                        "sum_abs", "sum_square", "max_abs", "count_nonzero"};

struct Spaces {
  Shape shape;  // of the result
  Loop kept, reduced;
  int64_t count = 1;  // elements under one result
};

// Dimensions of one loop, in the order of x's strides, merged where x (and y) step as one.
void fill(Loop* loop, int* dims, int n, const Array& x, const Shape& y_strides) {
  std::stable_sort(dims, dims + n,
                   [&](int a, int b) { return std::abs(x.stride(a)) > std::abs(x.stride(b)); });
  int last = -1;
  for (int i = 0; i < n; ++i) {
    const int d = dims[i];
    if (x.shape(d) == 1) continue;
    if (last >= 0 && loop->strides[1][last] == x.stride(d) * x.shape(d) &&
        loop->strides[0][last] == y_strides[d] * x.shape(d)) {
      loop->shape[last] *= x.shape(d);
    } else {
      loop->shape[++last] = x.shape(d);
    }
    loop->strides[0][last] = y_strides[d];
    loop->strides[1][last] = x.stride(d);
  }
  if (last < 0) {
    last = 0;
    loop->shape[0] = 1;
    loop->strides[0][0] = loop->strides[1][0] = 0;
  }
  loop->ndim = last + 1;
}

Spaces spaces(const char* name, const Array& x, const Shape& dims, bool keepdim) {
  uint32_t mask = 0;
  for (int64_t dim : dims) {
    const int d = wrap_dim(name, dim, x.ndim());
    check(!(mask >> d & 1), ErrorKind::kValue, name, ": dimension ", dim, " comes twice in ", dims);
    mask |= 1u << d;
  }
  if (dims.empty()) mask = ~0u;
  Spaces s;
  Shape full;
  int kept[kMaxDims], reduced[kMaxDims], kept_count = 0, reduced_count = 0;
  for (int d = 0; d < x.ndim(); ++d) {
    if (mask >> d & 1) {
      s.count *= x.shape(d);
      reduced[reduced_count++] = d;
      full.push_back(1);
      if (keepdim) s.shape.push_back(1);
    } else {
      kept[kept_count++] = d;
      full.push_back(x.shape(d));
      s.shape.push_back(x.shape(d));
    }
  }
  Shape y_strides = contiguous_strides(full);
  for (int d = 0; d < x.ndim(); ++d) {
    if (mask >> d & 1) y_strides[d] = 0;
  }
  fill(&s.kept, kept, kept_count, x, y_strides);
  fill(&s.reduced, reduced, reduced_count, x, y_strides);
  return s;
}

DType result_dtype(ReduceOp op, DType dtype) {
  if (op == ReduceOp::kCountNonzero) return DType::kInt64;
  const bool adds = op == ReduceOp::kSum || op == ReduceOp::kProd;
  return adds && !is_float(dtype) ? DType::kInt64 : dtype;
}

}  // namespace

Array reduce(ReduceOp op, const Array& x, const Shape& dims, bool keepdim, const char* name) {
  if (name == nullptr) name = kReduceNames[static_cast<int>(op)];
  if (is_half(x.dtype())) {
    Array y = reduce(op, cast(x, DType::kFloat32), dims, keepdim, name);
    return op == ReduceOp::kCountNonzero ? y : cast(y, x.dtype());
  }
  Spaces s = spaces(name, x, dims, keepdim);
  const bool extreme = op == ReduceOp::kMax || op == ReduceOp::kMin || op == ReduceOp::kMaxAbs;
  check(!extreme || s.count > 0, ErrorKind::kValue, name,
        ": expected at least one element to reduce, got shape ", x.shape());
  Array y = Array::empty(s.shape, result_dtype(op, x.dtype()), x.device());
  launch(kernels_for(x).reduce, x.dtype(), x.size(), op, s.kept, s.reduced, y.data(), x.data());
  return y;
}

Array mean(const Array& x, const Shape& dims, bool keepdim) {
  check(is_float(x.dtype()), ErrorKind::kDType, "mean: expected a floating dtype, got ", x.dtype(),
        "; convert with .float()");
  if (is_half(x.dtype())) return cast(mean(cast(x, DType::kFloat32), dims, keepdim), x.dtype());
  Array y = reduce(ReduceOp::kSum, x, dims, keepdim, "mean");
  if (y.size() == 0) return y;
  const double count = static_cast<double>(x.size() / y.size());
  binary_into(BinaryOp::kDiv, y, y, scalar(count, y.dtype()));
  return y;
}

Array any(const Array& x, const Shape& dims, bool keepdim) {
  Array count = reduce(ReduceOp::kCountNonzero, x, dims, keepdim);
  return compare(CompareOp::kNe, count, scalar(int64_t{0}, DType::kInt64));
}

Array all(const Array& x, const Shape& dims, bool keepdim) {
  Array count = reduce(ReduceOp::kCountNonzero, x, dims, keepdim);
  const int64_t size = count.size() ? x.size() / count.size() : 0;
  return compare(CompareOp::kEq, count, scalar(size, DType::kInt64));
}

Array spread(const Array& g, const Shape& shape, const Shape& dims, bool keepdim) {
  uint32_t mask = dims.empty() ? ~0u : 0;
  for (int64_t dim : dims) mask |= 1u << wrap_dim("sum", dim, shape.size());
  Shape strides(shape);
  int at = 0;
  for (int d = 0; d < shape.size(); ++d) {
    const bool reduced = mask >> d & 1;
    strides[d] = reduced ? 0 : g.stride(at);
    if (!reduced || keepdim) ++at;
  }
  return g.view(shape, strides, g.offset());
}

std::pair<Array, Array> moments(const Array& x, const Shape& dims, bool keepdim) {
  check(is_float(x.dtype()), ErrorKind::kDType, "var: expected a floating dtype, got ", x.dtype());
  if (is_half(x.dtype())) {
    auto [mean, deviations] = moments(cast(x, DType::kFloat32), dims, keepdim);
    return {cast(mean, x.dtype()), cast(deviations, x.dtype())};
  }
  Spaces s = spaces("var", x, dims, keepdim);
  Array mean = Array::empty(s.shape, x.dtype(), x.device());
  Array deviations = Array::empty(s.shape, x.dtype(), x.device());
  launch(kernels_for(x).moments, x.dtype(), 2 * x.size(), s.kept, s.reduced, mean.data(),
         deviations.data(), x.data());
  return {mean, deviations};
}

Array arg_reduce(bool maximum, const Array& x, int64_t dim, bool keepdim) {
  const char* name = maximum ? "argmax" : "argmin";
  if (is_half(x.dtype())) return arg_reduce(maximum, cast(x, DType::kFloat32), dim, keepdim);
  const int d = wrap_dim(name, dim, x.ndim());
  const Split s = split_at(x.shape(), d);
  check(s.size > 0, ErrorKind::kValue, name, ": expected at least one element in dimension ", dim,
        ", got shape ", x.shape());
  Shape shape(x.shape());
  if (x.ndim() && keepdim) shape[d] = 1;
  if (x.ndim() && !keepdim) shape.erase(d);
  const Array dense = contiguous(x);
  Array y = Array::empty(shape, DType::kInt64, x.device());
  launch(kernels_for(x).arg_reduce, x.dtype(), x.size(), maximum, y.data_as<int64_t>(),
         dense.data(), s.outer, s.size, s.inner);
  return y;
}

namespace {

Array running(bool product, const Array& x, int64_t dim) {
  if (is_half(x.dtype())) {
    return cast(running(product, cast(x, DType::kFloat32), dim), x.dtype());
  }
  const int d = wrap_dim(product ? "cumprod" : "cumsum", dim, x.ndim());
  const Split s = split_at(x.shape(), d);
  const Array dense = contiguous(is_float(x.dtype()) ? x : cast(x, DType::kInt64));
  Array y = Array::empty(x.shape(), dense.dtype(), x.device());
  const KernelTable& kernels = kernels_for(x);
  launch(product ? kernels.cumprod : kernels.cumsum, dense.dtype(), x.size(), y.data(),
         dense.data(), s.outer, s.size, s.inner);
  return y;
}

}  // namespace

Array cumsum(const Array& x, int64_t dim) { return running(false, x, dim); }
Array cumprod(const Array& x, int64_t dim) { return running(true, x, dim); }

}  // namespace pydl
