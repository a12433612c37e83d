// Picking elements by ints, slices, masks and arrays of indices. The kernels get indices that are
// checked and not negative.
#include <algorithm>

#include "core/threads.h"
#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

Array basic_index(const Array& x, const std::vector<IndexItem>& items) {
  int used = 0;
  bool ellipsis = false;
  for (const IndexItem& item : items) {
    used += item.kind == IndexItem::kInt || item.kind == IndexItem::kSlice;
    check(!ellipsis || item.kind != IndexItem::kEllipsis, ErrorKind::kIndex,
          "index: expected one '...', got two");
    ellipsis |= item.kind == IndexItem::kEllipsis;
  }
  check(used <= x.ndim(), ErrorKind::kIndex, "index: expected at most ", x.ndim(),
        " indices for shape ", x.shape(), ", got ", used);
  Shape shape, strides;
  int64_t offset = x.offset();
  int at = 0;
  auto keep = [&](int count) {
    for (; count > 0; --count, ++at) {
      shape.push_back(x.shape(at));
      strides.push_back(x.stride(at));
    }
  };
  for (const IndexItem& item : items) {
    switch (item.kind) {
      case IndexItem::kInt: {
        const int64_t size = x.shape(at), i = item.start;
        check(i >= -size && i < size, ErrorKind::kIndex, "index: expected ", -size, " to ",
              size - 1, " in dimension ", at, " of shape ", x.shape(), ", got ", i);
        offset += (i < 0 ? i + size : i) * x.stride(at);
        ++at;
        break;
      }
      case IndexItem::kSlice: {
        const int64_t size = x.shape(at), step = item.step;
        auto inside = [&](int64_t i) {  // Python's rule: what lies outside is moved to the end
          if (i < 0) i = i < -size ? -1 : i + size;
          if (step > 0) return i < 0 ? int64_t{0} : i < size ? i : size;
          return i < 0 ? int64_t{-1} : i < size ? i : size - 1;
        };
        const int64_t start = inside(item.start), stop = inside(item.stop);
        const int64_t count = step > 0 ? (stop > start ? (stop - start - 1) / step + 1 : 0)
                                       : (start > stop ? (start - stop - 1) / -step + 1 : 0);
        if (count > 0) offset += start * x.stride(at);
        shape.push_back(count);
        strides.push_back(count > 1 ? x.stride(at) * step : x.stride(at));
        ++at;
        break;
      }
      case IndexItem::kNewAxis:
        shape.push_back(1);
        strides.push_back(at < x.ndim() ? x.shape(at) * x.stride(at) : 1);
        break;
      case IndexItem::kEllipsis:
        keep(x.ndim() - used);
        break;
    }
  }
  keep(x.ndim() - at);
  return x.view(shape, strides, offset);
}

namespace {

// Where a flat position lies in a shape: (0, 3).
Shape position(Extents shape, int64_t flat) {
  Shape at(shape);
  for (int d = at.size() - 1; d >= 0; --d) {
    at[d] = flat % shape[d];
    flat /= shape[d];
  }
  return at;
}

constexpr int64_t kChunk = 16384;

// body(begin, end) for each kChunk of [0, size), the chunk's number is begin / kChunk.
template <class F>
void for_chunks(int64_t size, const F& body) {
  struct Job {
    const F& body;
    int64_t size;
  } job{body, size};
  ReleaseGil unlocked(size);
  parallel_for(
      0, (size + kChunk - 1) / kChunk, 1,
      [](void* context, int64_t begin, int64_t end) {
        const Job& job = *static_cast<const Job*>(context);
        for (int64_t i = begin * kChunk; i < end * kChunk && i < job.size; i += kChunk) {
          job.body(i, job.size - i < kChunk ? job.size : i + kChunk);
        }
      },
      &job);
}

// An index from 0 on: counted from the end where it is negative.
int64_t wrapped(int64_t at, int64_t size) { return at < 0 ? at + size : at; }

void check_index_dtype(const char* op, const Array& index) {
  check(index.dtype() == DType::kInt64, ErrorKind::kDType, op,
        ": expected indices of dtype int64, got ", index.dtype());
}

// The kernels that add have none for half types and bool.
DType sum_dtype(DType dtype) {
  return dtype == DType::kBool ? DType::kInt64 : compute_dtype(dtype);
}

}  // namespace

Array checked_index(const char* op, const Array& index, int64_t size, bool from_end) {
  check_index_dtype(op, index);
  Array dense = contiguous(index);
  const int64_t* from = dense.data_as<int64_t>();
  const int64_t more = from_end ? size : 0;
  int64_t outside = 0, negative = 0;
  launch(kernels_for(index).index_range, DType::kInt64, dense.size(), &outside, &negative, from,
         dense.size(), size, from_end);
  for (int64_t i = 0; outside < 0; ++i) {
    const int64_t at = wrapped(from[i], more);
    check(at >= 0 && at < size, ErrorKind::kIndex, op, ": expected indices from ", -more, " to ",
          size - 1, ", got ", from[i], " at position ", position(dense.shape(), i));
  }
  if (negative >= 0) return dense;
  Array out = Array::empty(dense.shape(), DType::kInt64);
  int64_t* to = out.data_as<int64_t>();
  for_chunks(dense.size(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = wrapped(from[i], size);
  });
  return out;
}

Array linear_index(const Array& x, const Shape& dims, const std::vector<Array>& indices) {
  check(dims.size() == static_cast<int>(indices.size()), ErrorKind::kValue,
        "index: expected one index for each of the dimensions ", dims, ", got ", indices.size());
  Shape shape;
  for (const Array& index : indices) shape = broadcast("index", shape, index.shape());
  Array out =
      indices.empty() ? Array::zeros(shape, DType::kInt64) : Array::empty(shape, DType::kInt64);
  int64_t* to = out.data_as<int64_t>();
  for (size_t k = 0; k < indices.size(); ++k) {
    const int dim = wrap_dim("index", dims[static_cast<int>(k)], x.ndim());
    const int64_t size = x.shape(dim);
    check_index_dtype("index", indices[k]);
    const Array spread = contiguous(expand(indices[k], shape));
    const int64_t* from = spread.data_as<int64_t>();
    int64_t outside = 0;
    launch(kernels_for(x).index_join, DType::kInt64, out.size(), to, &outside, from, out.size(),
           size, k == 0);
    for (int64_t i = 0; outside < 0; ++i) {
      const int64_t at = wrapped(from[i], size);
      check(at >= 0 && at < size, ErrorKind::kIndex, "index: expected ", -size, " to ", size - 1,
            " in dimension ", dim, " of shape ", x.shape(), ", got ", from[i], " at position ",
            position(shape, i));
    }
  }
  return out;
}

Array bincount(const Array& x, int64_t least) {
  check(x.ndim() == 1, ErrorKind::kShape, "bincount: expected one dimension, got shape ",
        x.shape());
  const Array dense = contiguous(cast(x, DType::kInt64));
  int64_t size = least;
  if (x.size() > 0) {
    const Array low = reduce(ReduceOp::kMin, dense, {}, false);
    const Array high = reduce(ReduceOp::kMax, dense, {}, false);
    check(*low.data_as<int64_t>() >= 0, ErrorKind::kValue,
          "bincount: expected no negative numbers, got ", *low.data_as<int64_t>());
    check(*high.data_as<int64_t>() < INT64_MAX, ErrorKind::kValue,
          "bincount: expected numbers below 2^63 - 1, got ", *high.data_as<int64_t>());
    size = std::max(size, *high.data_as<int64_t>() + 1);
  }
  Array y = Array::zeros(Shape{size}, DType::kInt64);
  launch(kernels_for(dense).bincount, DType::kInt64, x.size(), y.data_as<int64_t>(), dense.data(),
         x.size(), size);
  return y;
}

Array mask_positions(const Array& mask) {
  check(mask.dtype() == DType::kBool, ErrorKind::kDType,
        "index: expected a mask of dtype bool, got ", mask.dtype());
  const Array dense = contiguous(mask);
  const bool* on = dense.data_as<bool>();
  // How many of each chunk are on, then how many before it.
  std::vector<int64_t> counts(static_cast<size_t>((dense.size() + kChunk - 1) / kChunk + 1));
  for_chunks(dense.size(), [&](int64_t begin, int64_t end) {
    int32_t count = 0;
    for (int64_t i = begin; i < end; ++i) count += on[i];
    counts[static_cast<size_t>(begin / kChunk) + 1] = count;
  });
  for (size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
  Array out = Array::empty(Shape{counts.back()}, DType::kInt64);
  int64_t* first = out.data_as<int64_t>();
  for_chunks(dense.size(), [&](int64_t begin, int64_t) {
    int64_t* to = first + counts[static_cast<size_t>(begin / kChunk)];
    int64_t* end = first + counts[static_cast<size_t>(begin / kChunk) + 1];
    // Each is written, and stays if it is on: without a jump that could be foreseen wrong.
    for (int64_t i = begin; to < end; ++i) {
      *to = i;
      to += on[i];
    }
  });
  return out;
}

Array nonzero(const Array& x) {
  const Array flat = mask_positions(cast(x, DType::kBool));
  Array out = Array::empty(Shape{flat.size(), x.ndim()}, DType::kInt64);
  const int64_t* from = flat.data_as<int64_t>();
  int64_t* to = out.data_as<int64_t>();
  const int last = x.ndim() - 1;
  for_chunks(last < 0 ? 0 : flat.size(), [&](int64_t begin, int64_t end) {
    Shape at = position(x.shape(), from[begin]);
    int64_t row = from[begin] - at[last];  // where the row of the last dimension begins
    for (int64_t i = begin; i < end; ++i) {
      if (from[i] - row >= x.shape(last)) {
        at = position(x.shape(), from[i]);
        row = from[i] - at[last];
      }
      for (int d = 0; d < last; ++d) to[i * (last + 1) + d] = at[d];
      to[i * (last + 1) + last] = from[i] - row;
    }
  });
  return out;
}

namespace {

// x around `count` of its dimensions from `first` on, seen as one; the shape of what `index` picks.
struct Place {
  int64_t outer = 1, size = 1, inner = 1;
  Shape shape;
};

Place place_of(Extents x, int64_t first, int64_t count, const Array& index) {
  Place p;
  for (int d = 0; d < static_cast<int>(x.size()); ++d) {
    (d < first ? p.outer : d < first + count ? p.size : p.inner) *= x[d];
    if (d == first) {
      for (int64_t extent : index.shape()) p.shape.push_back(extent);
    }
    if (d < first || d >= first + count) p.shape.push_back(x[d]);
  }
  if (x.empty()) p.shape = Shape(index.shape());
  return p;
}

}  // namespace

Array index_get(const Array& x, int64_t first, int64_t count, const Array& index) {
  const Place p = place_of(x.shape(), first, count, index);
  const Array dense = contiguous(x);
  Array y = Array::empty(p.shape, x.dtype(), x.device());
  launch(kernels_for(x).index_select, x.dtype(), y.size(), y.data(), dense.data(),
         index.data_as<int64_t>(), p.outer, p.size, index.size(), p.inner);
  return y;
}

void index_put_into(const Array& y, int64_t first, int64_t count, const Array& index,
                    const Array& x, bool accumulate) {
  const Place p = place_of(y.shape(), first, count, index);
  check(same(broadcast("index_put", p.shape, x.shape()), p.shape), ErrorKind::kShape,
        "index_put: expected a value that broadcasts to ", p.shape, ", got ", x.shape());
  const DType dtype = accumulate ? sum_dtype(y.dtype()) : y.dtype();
  const Array value = contiguous(expand(cast(x, dtype), p.shape));
  const bool direct = y.is_contiguous() && dtype == y.dtype() && value.storage() != y.storage();
  Array target = direct ? y : contiguous(cast(y, dtype));
  if (!direct && target.storage() == y.storage()) target = clone(target);
  if (accumulate) {
    launch(kernels_for(y).index_add, dtype, value.size(), target.data(), value.data(),
           index.data_as<int64_t>(), p.outer, p.size, index.size(), p.inner);
  } else {
    launch(kernels_for(y).index_copy, dtype, value.size(), target.data(), value.data(),
           index.data_as<int64_t>(), p.outer, p.size, index.size(), p.inner);
  }
  if (!direct) return copy_into(y, target);
  y.written();
}

}  // namespace pydl
