// The Python names of the pointwise ops, for messages and for the bindings.
#pragma once

#include <utility>

#include "core/kernel_args.h"

namespace pydl {

inline constexpr std::pair<UnaryOp, const char*> kUnaryNames[] = {
    {UnaryOp::kNeg, "neg"},
    {UnaryOp::kAbs, "abs"},
    {UnaryOp::kSquare, "square"},
    {UnaryOp::kSign, "sign"},
    {UnaryOp::kExp, "exp"},
    {UnaryOp::kExp2, "exp2"},
    {UnaryOp::kExpm1, "expm1"},
    {UnaryOp::kLog, "log"},
    {UnaryOp::kLog2, "log2"},
    {UnaryOp::kLog10, "log10"},
    {UnaryOp::kLog1p, "log1p"},
    {UnaryOp::kSqrt, "sqrt"},
    {UnaryOp::kRsqrt, "rsqrt"},
    {UnaryOp::kReciprocal, "reciprocal"},
    {UnaryOp::kSin, "sin"},
    {UnaryOp::kCos, "cos"},
    {UnaryOp::kTan, "tan"},
    {UnaryOp::kAsin, "asin"},
    {UnaryOp::kAcos, "acos"},
    {UnaryOp::kAtan, "atan"},
    {UnaryOp::kSinh, "sinh"},
    {UnaryOp::kCosh, "cosh"},
    {UnaryOp::kTanh, "tanh"},
    {UnaryOp::kAsinh, "asinh"},
    {UnaryOp::kAcosh, "acosh"},
    {UnaryOp::kAtanh, "atanh"},
    {UnaryOp::kErf, "erf"},
    {UnaryOp::kErfc, "erfc"},
    {UnaryOp::kErfinv, "erfinv"},
    {UnaryOp::kLgamma, "lgamma"},
    {UnaryOp::kDigamma, "digamma"},
    {UnaryOp::kFloor, "floor"},
    {UnaryOp::kCeil, "ceil"},
    {UnaryOp::kRound, "round"},
    {UnaryOp::kTrunc, "trunc"},
    {UnaryOp::kSigmoid, "sigmoid"},
    {UnaryOp::kRelu, "relu"},
    {UnaryOp::kLeakyRelu, "leaky_relu"},
    {UnaryOp::kElu, "elu"},
    {UnaryOp::kGelu, "gelu"},
    {UnaryOp::kGeluTanh, "gelu_tanh"},
    {UnaryOp::kSilu, "silu"},
    {UnaryOp::kSoftplus, "softplus"},
    {UnaryOp::kLogSigmoid, "logsigmoid"},
    {UnaryOp::kSelu, "selu"},
    {UnaryOp::kHardtanh, "hardtanh"},
    {UnaryOp::kHardsigmoid, "hardsigmoid"},
    {UnaryOp::kHardswish, "hardswish"},
    {UnaryOp::kHardshrink, "hardshrink"},
    {UnaryOp::kSoftshrink, "softshrink"},
    {UnaryOp::kMish, "mish"},
    {UnaryOp::kCube, "cube"},
    {UnaryOp::kHuber, "huber"},
    {UnaryOp::kThreshold, "threshold"},
};

inline constexpr std::pair<BinaryOp, const char*> kBinaryNames[] = {
    {BinaryOp::kAdd, "add"},
    {BinaryOp::kSub, "sub"},
    {BinaryOp::kMul, "mul"},
    {BinaryOp::kDiv, "div"},
    {BinaryOp::kMaximum, "maximum"},
    {BinaryOp::kMinimum, "minimum"},
    {BinaryOp::kFloorDivide, "floor_divide"},
    {BinaryOp::kRemainder, "remainder"},
    {BinaryOp::kFmod, "fmod"},
    {BinaryOp::kPow, "pow"},
    {BinaryOp::kAnd, "bitwise_and"},
    {BinaryOp::kOr, "bitwise_or"},
    {BinaryOp::kXor, "bitwise_xor"},
    {BinaryOp::kShiftLeft, "bitwise_left_shift"},
    {BinaryOp::kShiftRight, "bitwise_right_shift"},
    {BinaryOp::kAtan2, "atan2"},
    {BinaryOp::kHypot, "hypot"},
    {BinaryOp::kCopysign, "copysign"},
    {BinaryOp::kFmax, "fmax"},
    {BinaryOp::kFmin, "fmin"},
};

inline constexpr std::pair<CompareOp, const char*> kCompareNames[] = {
    {CompareOp::kEq, "eq"}, {CompareOp::kNe, "ne"}, {CompareOp::kLt, "lt"},
    {CompareOp::kLe, "le"}, {CompareOp::kGt, "gt"}, {CompareOp::kGe, "ge"},
};

constexpr const char* op_name(UnaryOp op) { return kUnaryNames[static_cast<int>(op)].second; }
constexpr const char* op_name(BinaryOp op) { return kBinaryNames[static_cast<int>(op)].second; }
constexpr const char* op_name(CompareOp op) { return kCompareNames[static_cast<int>(op)].second; }

template <class Op, size_t n>
constexpr bool in_order(const std::pair<Op, const char*> (&names)[n]) {
  for (size_t i = 0; i < n; ++i) {
    if (static_cast<size_t>(names[i].first) != i) return false;
  }
  return true;
}
static_assert(in_order(kUnaryNames) && in_order(kBinaryNames) && in_order(kCompareNames));

}  // namespace pydl
