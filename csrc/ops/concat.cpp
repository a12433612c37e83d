#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

Array concat(const std::vector<Array>& parts, int64_t dim) {
  check(!parts.empty(), ErrorKind::kValue, "cat: expected at least one tensor, got none");
  // As in PyTorch, an empty vector fits everything.
  auto void_part = [](const Array& x) { return x.ndim() == 1 && x.size() == 0; };
  const Array* first = &parts[0];
  for (const Array& x : parts) {
    if (!void_part(x)) {
      first = &x;
      break;
    }
  }
  check(first->ndim() > 0, ErrorKind::kShape,
        "cat: expected tensors with dimensions, got a scalar; use stack");
  const int d = wrap_dim("cat", dim, first->ndim());
  Shape shape(first->shape());
  shape[d] = 0;
  for (const Array& x : parts) {
    check_same_device("cat", *first, x);
    check(x.dtype() == first->dtype(), ErrorKind::kDType,
          "cat: expected tensors of one dtype, got ", first->dtype(), " and ", x.dtype());
    if (void_part(x)) continue;
    bool fits = x.ndim() == first->ndim();
    for (int i = 0; fits && i < x.ndim(); ++i) fits = i == d || x.shape(i) == shape[i];
    check(fits, ErrorKind::kShape, "cat: expected shapes equal but for dimension ", d, ", got ",
          first->shape(), " and ", x.shape());
    shape[d] += x.shape(d);
  }
  Array out = Array::empty(shape, first->dtype(), first->device());
  int64_t at = 0;
  for (const Array& x : parts) {
    if (x.size() == 0) continue;
    copy_into(slice(out, d, at, 1, x.shape(d)), x);
    at += x.shape(d);
  }
  return out;
}

}  // namespace pydl
