#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

Array blend(BlendOp op, const Array& x, const Array& y, const Array& w, double factor) {
  const char* name = "blend";
  check_same_device(name, x, y);
  check_same_device(name, x, w);
  check(x.dtype() == y.dtype() && x.dtype() == w.dtype(), ErrorKind::kDType, name,
        ": expected operands of one dtype, got ", x.dtype(), ", ", y.dtype(), " and ", w.dtype());
  check(same(x.shape(), y.shape()) && same(x.shape(), w.shape()), ErrorKind::kShape, name,
        ": expected operands of one shape, got ", x.shape(), ", ", y.shape(), " and ", w.shape());
  Array z = empty_like(x, x.dtype());
  launch(kernels_for(x).blend, x.dtype(), z.size(), op, make_loop({&z, &x, &y, &w}), z.data(),
         x.data(), y.data(), w.data(), factor);
  return z;
}

}  // namespace pydl
