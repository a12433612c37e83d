#include "ops/common.h"
#include "ops/names.h"
#include "ops/ops.h"

namespace pydl {

namespace {

void check_binary(BinaryOp op, const Array& x, const Array& y) {
  check_same_device(op_name(op), x, y);
  const DType dtype = x.dtype();
  check(dtype == y.dtype(), ErrorKind::kDType, op_name(op),
        ": expected operands of one dtype, got ", dtype, " and ", y.dtype());
  const bool bits = op >= BinaryOp::kAnd && op <= BinaryOp::kShiftRight;
  check(!bits || !is_float(dtype), ErrorKind::kDType, op_name(op),
        ": expected integers or bool, got ", dtype);
  const bool real = op == BinaryOp::kDiv || op >= BinaryOp::kAtan2;
  check(!real || is_float(dtype), ErrorKind::kDType, op_name(op),
        ": expected a floating dtype, got ", dtype);
  check(op != BinaryOp::kSub || dtype != DType::kBool, ErrorKind::kDType,
        "sub: bool has no difference; use ^ or logical_xor");
  const bool divides =
      op == BinaryOp::kFloorDivide || op == BinaryOp::kRemainder || op == BinaryOp::kFmod;
  if (divides && !is_float(dtype)) {
    check(any_nonzero(compare(CompareOp::kEq, y, scalar(int64_t{0}, dtype))) == false,
          ErrorKind::kValue, op_name(op), ": integer division by zero");
  }
}

int64_t cost(BinaryOp op, const Array& z) {
  return z.size() * (op == BinaryOp::kPow || op == BinaryOp::kAtan2 ? 16 : 1);
}

// An operand that overlaps the output without lying exactly on it has to be read before any write.
Array apart(const Array& z, const Array& x) {
  const bool safe =
      x.storage() != z.storage() ||
      (x.offset() == z.offset() && same(x.shape(), z.shape()) && same(x.strides(), z.strides()));
  return safe ? x : clone(x);
}

// bool adds as or, multiplies as and.
BinaryOp for_dtype(BinaryOp op, DType dtype) {
  if (dtype != DType::kBool) return op;
  if (op == BinaryOp::kAdd) return BinaryOp::kOr;
  if (op == BinaryOp::kMul) return BinaryOp::kAnd;
  return op;
}

void run(BinaryOp op, const Array& z, const Array& x, const Array& y) {
  launch(kernels_for(x).binary, x.dtype(), cost(op, z), for_dtype(op, x.dtype()),
         make_loop({&z, &x, &y}), z.data(), x.data(), y.data());
}

// The layout of the result: that of an operand of its shape.
Array result(const Shape& shape, const Array& x, const Array& y, DType dtype) {
  if (same(shape, x.shape())) return empty_like(x, dtype);
  if (same(shape, y.shape())) return empty_like(y, dtype);
  return Array::empty(shape, dtype, x.device());
}

}  // namespace

Array binary(BinaryOp op, const Array& x, const Array& y) {
  check_binary(op, x, y);
  if (same(x.shape(), y.shape())) {
    Array z = empty_like(x, x.dtype());
    run(op, z, x, y);
    return z;
  }
  Array z = result(broadcast(op_name(op), x.shape(), y.shape()), x, y, x.dtype());
  run(op, z, x, y);
  return z;
}

void binary_into(BinaryOp op, const Array& z, const Array& x, const Array& y) {
  const Shape shape = broadcast(op_name(op), x.shape(), y.shape());
  check(same(z.shape(), shape), ErrorKind::kShape, op_name(op), "_: the result has shape ", shape,
        ", which does not fit in place of ", z.shape());
  check_own_memory(op_name(op), z);
  if (z.dtype() != x.dtype()) return copy_into(z, binary(op, x, y));
  check_binary(op, x, y);
  run(op, z, apart(z, x), apart(z, y));
  z.written();
}

Array compare(CompareOp op, const Array& x, const Array& y) {
  check_same_device(op_name(op), x, y);
  check(x.dtype() == y.dtype(), ErrorKind::kDType, op_name(op),
        ": expected operands of one dtype, got ", x.dtype(), " and ", y.dtype());
  Array z = result(broadcast(op_name(op), x.shape(), y.shape()), x, y, DType::kBool);
  launch(kernels_for(x).compare, x.dtype(), z.size(), op, make_loop({&z, &x, &y}),
         z.data_as<bool>(), x.data(), y.data());
  return z;
}

Array where(const Array& condition, const Array& x, const Array& y) {
  check_same_device("where", condition, x);
  check_same_device("where", x, y);
  check(condition.dtype() == DType::kBool, ErrorKind::kDType,
        "where: expected a condition of dtype bool, got ", condition.dtype());
  check(x.dtype() == y.dtype(), ErrorKind::kDType, "where: expected operands of one dtype, got ",
        x.dtype(), " and ", y.dtype());
  const Shape shape =
      broadcast("where", broadcast("where", x.shape(), y.shape()), condition.shape());
  Array z = Array::empty(shape, x.dtype(), x.device());
  launch(kernels_for(x).where, x.dtype(), z.size(), make_loop({&z, &condition, &x, &y}), z.data(),
         condition.data_as<bool>(), x.data(), y.data());
  return z;
}

bool any_nonzero(const Array& x) {
  check(x.dtype() == DType::kBool, ErrorKind::kDType, "any_nonzero: expected dtype bool, got ",
        x.dtype());
  const Array flat = contiguous(x);
  // Bytes: numpy can hand over a bool that is neither 0 nor 1.
  const uint8_t* values = static_cast<const uint8_t*>(flat.data());
  for (int64_t i = 0; i < flat.size(); ++i) {
    if (values[i]) return true;
  }
  return false;
}

}  // namespace pydl
