#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// index, its entries checked against dimension d of x, whose other extents are at least index's.
Array checked(const char* op, const Array& x, int d, const Array& index) {
  check(index.ndim() == x.ndim(), ErrorKind::kShape, op, ": expected an index of ", x.ndim(),
        " dimensions, as many as ", x.shape(), " has, got shape ", index.shape());
  for (int i = 0; i < x.ndim(); ++i) {
    check(i == d || index.shape(i) <= x.shape(i), ErrorKind::kShape, op,
          ": expected an index of at most ", x.shape(i), " elements in dimension ", i,
          ", got shape ", index.shape(), " for ", x.shape());
  }
  const Array places = index.dtype() == DType::kInt32 ? cast(index, DType::kInt64) : index;
  return checked_index(op, places, x.ndim() ? x.shape(d) : 1, false);
}

// x without what lies beyond `shape` in the dimensions other than d.
Array trimmed(const Array& x, Extents shape, int d) {
  Array out = x;
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != d && shape[i] != out.shape(i)) out = slice(out, i, 0, 1, shape[i]);
  }
  return out;
}

}  // namespace

Array gather(const Array& x, int64_t dim, const Array& index) {
  const int d = wrap_dim("gather", dim, x.ndim());
  const Array places = checked("gather", x, d, index);
  Array y = Array::empty(index.shape(), x.dtype(), x.device());
  if (y.size() == 0) return y;
  const Array from = contiguous(trimmed(x, index.shape(), d));
  const Split s = split_at(from.shape(), d), t = split_at(index.shape(), d);
  launch(kernels_for(x).gather, x.dtype(), y.size(), y.data(), from.data(),
         places.data_as<int64_t>(), s.outer, s.size, t.size, s.inner);
  return y;
}

void scatter_into(const Array& y, int64_t dim, const Array& index, const Array& x, bool add) {
  const char* op = add ? "scatter_add" : "scatter";
  const int d = wrap_dim(op, dim, y.ndim());
  const Array places = checked(op, y, d, index);
  Array source = x;
  if (x.ndim() == 0) {
    source = expand(x, Shape(index.shape()));
  } else {
    check(x.ndim() == index.ndim(), ErrorKind::kShape, op, ": expected a source of ", index.ndim(),
          " dimensions, got shape ", x.shape());
    for (int i = 0; i < x.ndim(); ++i) {
      check(index.shape(i) <= x.shape(i), ErrorKind::kShape, op,
            ": expected an index that fits into the source ", x.shape(), ", got shape ",
            index.shape());
      if (index.shape(i) != source.shape(i)) source = slice(source, i, 0, 1, index.shape(i));
    }
  }
  if (index.size() == 0) return;
  const bool sums = add && (is_half(y.dtype()) || y.dtype() == DType::kBool);
  const DType dtype = !sums ? y.dtype() : is_half(y.dtype()) ? DType::kFloat32 : DType::kInt64;
  source = contiguous(cast(source, dtype));
  const Array part = trimmed(y, index.shape(), d);
  const bool direct = part.is_contiguous() && dtype == y.dtype() && source.storage() != y.storage();
  const Array target = direct ? part : contiguous(clone(cast(part, dtype)));
  const Split s = split_at(target.shape(), d), t = split_at(index.shape(), d);
  const KernelTable& kernels = kernels_for(y);
  launch(add ? kernels.scatter_add : kernels.scatter, dtype, index.size(), target.data(),
         source.data(), places.data_as<int64_t>(), s.outer, s.size, t.size, s.inner);
  if (!direct) return copy_into(part, target);
  y.written();
}

}  // namespace pydl
