// The same memory seen otherwise: no kernel runs here, except where reshape has to copy.
#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

Array as_strided(const Array& x, const Shape& shape, const Shape& strides, int64_t offset) {
  check(shape.size() == strides.size(), ErrorKind::kShape,
        "as_strided: expected as many strides as dimensions, got size ", shape, " and strides ",
        strides);
  int64_t low = offset, high = offset;
  const int64_t limit = static_cast<int64_t>(x.storage()->bytes) / item_size(x.dtype());
  bool overflow = false;
  for (int d = 0; d < shape.size(); ++d) {
    int64_t reach;
    overflow |= __builtin_mul_overflow(shape[d] - 1, strides[d], &reach);
    overflow |= __builtin_add_overflow(reach > 0 ? high : low, reach, reach > 0 ? &high : &low);
  }
  if (count(shape, x.dtype()) > 0) {
    check(!overflow && low >= 0 && high < limit, ErrorKind::kShape, "as_strided: size ", shape,
          ", strides ", strides, " and offset ", offset, " reach outside the storage of ", limit,
          " elements");
  }
  return x.view(shape, strides, offset);
}

Array expand(const Array& x, const Shape& shape) {
  const int added = shape.size() - x.ndim();
  check(added >= 0, ErrorKind::kShape, "expand: expected at least the ", x.ndim(),
        " dimensions of ", x.shape(), ", got ", shape);
  Shape out, strides;
  for (int d = 0; d < shape.size(); ++d) {
    const int64_t have = d < added ? 1 : x.shape(d - added);
    const bool keep = shape[d] == -1 && d >= added;
    check(keep || shape[d] == have || (have == 1 && shape[d] >= 0), ErrorKind::kShape,
          "expand: expected sizes equal to ", x.shape(), " or its sizes 1 made larger, got ",
          shape);
    out.push_back(keep ? have : shape[d]);
    strides.push_back(d < added || (have == 1 && out[d] != 1) ? 0 : x.stride(d - added));
  }
  count(out, x.dtype());
  return x.view(out, strides, x.offset());
}

Array permute(const Array& x, const Shape& dims) {
  check(dims.size() == x.ndim(), ErrorKind::kShape, "permute: expected ", x.ndim(),
        " dimensions for shape ", x.shape(), ", got ", dims);
  Shape shape, strides;
  uint32_t seen = 0;
  for (int64_t dim : dims) {
    const int d = wrap_dim("permute", dim, x.ndim());
    check(!(seen >> d & 1), ErrorKind::kValue, "permute: dimension ", dim, " comes twice in ",
          dims);
    seen |= 1u << d;
    shape.push_back(x.shape(d));
    strides.push_back(x.stride(d));
  }
  return x.view(shape, strides, x.offset());
}

Array transpose(const Array& x, int64_t dim0, int64_t dim1) {
  const int a = wrap_dim("transpose", dim0, x.ndim());
  const int b = wrap_dim("transpose", dim1, x.ndim());
  if (x.ndim() == 0) return x;
  Shape shape(x.shape()), strides(x.strides());
  std::swap(shape[a], shape[b]);
  std::swap(strides[a], strides[b]);
  return x.view(shape, strides, x.offset());
}

Array select(const Array& x, int64_t dim, int64_t index) {
  check(x.ndim() > 0, ErrorKind::kIndex, "select: a scalar has no dimension to index");
  const int d = wrap_dim("select", dim, x.ndim());
  const int64_t size = x.shape(d);
  check(index >= -size && index < size, ErrorKind::kIndex, "select: expected ", -size, " to ",
        size - 1, " in dimension ", d, " of shape ", x.shape(), ", got ", index);
  Shape shape(x.shape()), strides(x.strides());
  const int64_t offset = x.offset() + (index < 0 ? index + size : index) * strides[d];
  shape.erase(d);
  strides.erase(d);
  return x.view(shape, strides, offset);
}

Array slice(const Array& x, int64_t dim, int64_t start, int64_t step, int64_t size) {
  const int d = wrap_dim("slice", dim, x.ndim());
  const int64_t last = start + (size - 1) * step;
  check(x.ndim() > 0 && size >= 0 &&
            (size == 0 || (start >= 0 && start < x.shape(d) && last >= 0 && last < x.shape(d))),
        ErrorKind::kIndex, "slice: start ", start, ", step ", step, " and size ", size,
        " reach outside dimension ", d, " of shape ", x.shape());
  Shape shape(x.shape()), strides(x.strides());
  const int64_t offset = x.offset() + (size ? start * strides[d] : 0);
  shape[d] = size;
  strides[d] *= step;
  return x.view(shape, strides, offset);
}

Array unsqueeze(const Array& x, int64_t dim) {
  const int d = wrap_dim("unsqueeze", dim, x.ndim() + 1);
  Shape shape(x.shape()), strides(x.strides());
  strides.insert(d, d < x.ndim() ? shape[d] * strides[d] : 1);
  shape.insert(d, 1);
  return x.view(shape, strides, x.offset());
}

namespace {

// -1 stands for what is left; the error names the op.
Shape resolve(const char* op, const Array& x, const Shape& shape) {
  Shape out(shape);
  int unknown = -1;
  int64_t known = 1;
  bool overflow = false;
  for (int d = 0; d < shape.size(); ++d) {
    if (shape[d] == -1 && unknown < 0) {
      unknown = d;
    } else {
      check(shape[d] >= 0, ErrorKind::kShape, op, ": expected sizes of 0 or more and one -1, got ",
            shape);
      overflow |= __builtin_mul_overflow(known, shape[d], &known);
    }
  }
  if (unknown >= 0) {
    check(known != 0, ErrorKind::kShape, op, ": -1 is ambiguous in ", shape, " for an array of ",
          x.size(), " elements");
    out[unknown] = overflow ? 0 : x.size() / known;
    overflow |= __builtin_mul_overflow(known, out[unknown], &known);
  }
  check(!overflow && known == x.size(), ErrorKind::kShape, op, ": expected a shape of ", x.size(),
        " elements for ", x.shape(), ", got ", shape);
  return out;
}

// Strides that see x in another shape, if there are any: runs of x's dimensions that step as one
// are matched with runs of the new dimensions of the same total extent.
bool restride(const Array& x, const Shape& shape, Shape* strides) {
  *strides = contiguous_strides(shape);
  if (x.size() == 0 || x.is_contiguous()) return true;
  int at = shape.size() - 1;
  int64_t run = 1;
  int64_t base = 1;
  bool open = false;
  for (int d = x.ndim() - 1; d >= 0; --d) {
    if (!open) {
      base = x.stride(d);
      run = 1;
      open = true;
    }
    run *= x.shape(d);
    // The run ends where the next dimension up is not a continuation.
    const bool ends = d == 0 || (x.shape(d - 1) != 1 && x.stride(d - 1) != base * run);
    if (!ends) continue;
    int64_t left = run;
    int64_t step = base;
    while (at >= 0 && (left > 1 || shape[at] == 1)) {
      if (left % shape[at]) return false;
      (*strides)[at] = step;
      step *= shape[at];
      left /= shape[at];
      --at;
    }
    if (left != 1) return false;
    open = false;
  }
  return true;
}

}  // namespace

bool can_view(const Array& x, const Shape& shape) {
  Shape strides;
  return restride(x, resolve("reshape", x, shape), &strides);
}

Array view(const Array& x, const Shape& shape) {
  const Shape out = resolve("view", x, shape);
  Shape strides;
  check(restride(x, out, &strides), ErrorKind::kShape, "view: shape ", x.shape(), " with strides ",
        x.strides(), " cannot be seen as ", shape, " without a copy; use reshape");
  return x.view(out, strides, x.offset());
}

Array reshape(const Array& x, const Shape& shape) {
  const Shape out = resolve("reshape", x, shape);
  Shape strides;
  if (restride(x, out, &strides)) return x.view(out, strides, x.offset());
  const Array dense = contiguous(x);
  return dense.view(out, contiguous_strides(out), dense.offset());
}

}  // namespace pydl
