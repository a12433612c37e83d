// The arguments of the kernels that take more than a few: enums and plain structs, no code.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"
#include "core/loop.h"

namespace pydl {

// Storage of the half types: kernels convert them, none computes in them.
struct BFloat16 {
  uint16_t bits;
};
struct Float16 {
  uint16_t bits;
};

// clang-format off
enum class UnaryOp : int {
  // every number
  kNeg, kAbs, kSquare, kSign,
  // floating only from here on
  kExp, kExp2, kExpm1, kLog, kLog2, kLog10, kLog1p, kSqrt, kRsqrt, kReciprocal,
  kSin, kCos, kTan, kAsin, kAcos, kAtan, kSinh, kCosh, kTanh, kAsinh, kAcosh, kAtanh,
  kErf, kErfc, kErfinv, kLgamma, kDigamma, kFloor, kCeil, kRound, kTrunc,
  kSigmoid, kRelu, kLeakyRelu, kElu, kGelu, kGeluTanh, kSilu, kSoftplus, kLogSigmoid,
};

enum class BinaryOp : int {
  // every number
  kAdd, kSub, kMul, kDiv, kMaximum, kMinimum, kFloorDivide, kRemainder, kFmod, kPow,
  // integers and bool (as uint8)
  kAnd, kOr, kXor, kShiftLeft, kShiftRight,
  // floating only
  kAtan2, kHypot, kCopysign, kFmax, kFmin,
};
// clang-format on

enum class CompareOp : int { kEq, kNe, kLt, kLe, kGt, kGe };

enum class ReduceOp : int { kSum, kProd, kMax, kMin, kSumAbs, kSumSquare, kMaxAbs, kCountNonzero };

// What a product applies to each element of its result while it is in registers.
enum class Activation : int { kNone, kRelu, kGelu, kGeluTanh, kSigmoid, kTanh, kSilu };

// c[i] = act(a[i] b[i] + bias (+ c[i])) for i < batch; a is m x k, b is k x n, c is m x n. Strides
// count elements; c's columns are adjacent. A batch stride of 0 shares one matrix.
struct MatmulArgs {
  int64_t batch, m, n, k;
  const void* a;
  int64_t a_batch, a_row, a_col;
  const void* b;
  int64_t b_batch, b_row, b_col;
  void* c;
  int64_t c_batch, c_row;
  const void* bias;  // n values, one for each column, or null
  Activation activation;
  bool accumulate;  // add to what c holds, before the activation
  void* scratch;    // as many bytes as matmul_scratch asks for, 64-byte aligned
};

// x: (batch, in_channels, in[0], in[1], in[2]); w: (out_channels, in_channels / groups, kernel...);
// y: (batch, out_channels, out...). All contiguous. Unused leading space dimensions have extent 1,
// kernel 1, stride 1, padding 0.
struct ConvArgs {
  int64_t batch, in_channels, out_channels, groups;
  int64_t in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
  Activation activation;  // forward only
  void* scratch;          // as many bytes as conv_scratch asks for, 64-byte aligned
};

enum class ConvPass : int { kForward, kInputGrad, kWeightGrad };

// planes = batch * channels images of in[...] each, contiguous; space dimensions as in ConvArgs.
struct PoolArgs {
  int64_t planes;
  int64_t in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
  bool count_include_pad;
  int64_t divisor;  // 0: the number of elements under the window
};

enum class Optimizer : int { kSgd, kAdagrad, kAdadelta, kRmsprop, kAdam, kAdamW };

// One parameter of an optimizer's group: contiguous, all of one dtype. State pointers that the
// optimizer does not use are null.
struct OptimizerItem {
  void* parameter;
  const void* grad;
  void* state[3];
  int64_t size;
  int64_t step;  // 1 in the first step
};

struct OptimizerArgs {
  Optimizer kind;
  double lr, weight_decay;
  double beta1, beta2, eps;    // Adam; RMSprop's alpha and Adadelta's rho are beta2
  double momentum, dampening;  // SGD, RMSprop
  double lr_decay;             // Adagrad
  bool nesterov, centered, amsgrad, maximize;
};

}  // namespace pydl
