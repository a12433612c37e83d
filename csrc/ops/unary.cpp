#include "ops/common.h"
#include "ops/names.h"
#include "ops/ops.h"

namespace pydl {

namespace {

bool any_number(UnaryOp op) { return op <= UnaryOp::kSign; }

void check_unary(UnaryOp op, const Array& x) {
  check(is_float(x.dtype()) || (any_number(op) && x.dtype() != DType::kBool), ErrorKind::kDType,
        op_name(op), ": expected ", any_number(op) ? "a number" : "a floating dtype", ", got ",
        x.dtype());
}

// Transcendental functions weigh more than one operation.
int64_t cost(UnaryOp op, const Array& x) { return x.size() * (any_number(op) ? 1 : 8); }

}  // namespace

Array unary(UnaryOp op, const Array& x, double a, double b) {
  check_unary(op, x);
  Array y = empty_like(x, x.dtype());
  launch(kernels_for(x).unary, x.dtype(), cost(op, x), op, make_loop({&y, &x}), y.data(), x.data(),
         a, b);
  return y;
}

void unary_into(UnaryOp op, const Array& y, const Array& x, double a, double b) {
  check_unary(op, x);
  check_own_memory(op_name(op), y);
  const bool direct =
      y.dtype() == x.dtype() &&
      (y.storage() != x.storage() || (y.offset() == x.offset() && same(y.strides(), x.strides())));
  if (!direct || !same(y.shape(), x.shape())) return copy_into(y, unary(op, x, a, b));
  launch(kernels_for(x).unary, x.dtype(), cost(op, x), op, make_loop({&y, &x}), y.data(), x.data(),
         a, b);
  y.written();
}

Array unary_backward(UnaryOp op, const Array& g, const Array& v, double a, double b) {
  check_unary(op, v);
  check(same(g.shape(), v.shape()) && g.dtype() == v.dtype(), ErrorKind::kShape, op_name(op),
        "_backward: expected a gradient of ", v.shape(), " ", v.dtype(), ", got ", g.shape(), " ",
        g.dtype());
  Array dx = empty_like(v, v.dtype());
  launch(kernels_for(v).unary_backward, v.dtype(), cost(op, v), op, make_loop({&dx, &g, &v}),
         dx.data(), g.data(), v.data(), a, b);
  return dx;
}

Array clamp(const Array& x, double low, double high) {
  Array y = empty_like(x, x.dtype());
  clamp_into(y, x, low, high);
  return y;
}

void clamp_into(const Array& y, const Array& x, double low, double high) {
  check(x.dtype() != DType::kBool, ErrorKind::kDType, "clamp: expected a number, got bool");
  check_own_memory("clamp", y);
  launch(kernels_for(x).clamp, x.dtype(), x.size(), make_loop({&y, &x}), y.data(), x.data(), low,
         high);
  y.written();
}

}  // namespace pydl
