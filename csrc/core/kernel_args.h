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
  kSelu, kHardtanh, kHardsigmoid, kHardswish, kHardshrink, kSoftshrink, kMish, kCube, kHuber,
  kThreshold,
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

// x + factor * (y * w), x + factor * (y / w), x + factor * (y - w).
enum class BlendOp : int { kProduct, kRatio, kFrom };

enum class CompareOp : int { kEq, kNe, kLt, kLe, kGt, kGe };

enum class ReduceOp : int { kSum, kProd, kMax, kMin, kSumAbs, kSumSquare, kMaxAbs, kCountNonzero };

// Losses of two arrays, the first three of their difference. kHuber: a parabola of some curvature
// up to a bound, its tangents from there on. kLogistic: the cross-entropy of sigmoid(x) with y.
enum class LossOp : int { kSquared, kAbsolute, kHuber, kLogistic };
// As many elements go into each of the sums that a loss is made of.
inline constexpr int64_t kLossChunk = 32768;

// Which place of an ordered row is meant: a given one; the lower median, but the first NaN where
// there is one; the lower median of what is not NaN.
enum class RankRule : int { kFixed, kMedian, kNanMedian };
// Rows up to this long are sorted without scratch from outside.
inline constexpr int64_t kFewPairs = 512;

// Rows up to this long are put in order without scratch; of longer ones, but for very long ones,
// that many are sorted together.
inline constexpr int64_t kSortOnStack = 1024;
inline constexpr int64_t kSortTogether = 16;
// Bytes of scratch for each of them.
inline constexpr int64_t sort_scratch(int64_t size) { return 32 * size + (int64_t{16} << 11) * 4; }

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
  bool winograd;          // may be used where it pays
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

// The W: weight decay past the averages.
// The matrices [rows, cols] of all heads: strides of each batch dimension (0: broadcast) and from
// row to row, in elements; columns adjacent, but for the mask. Null data: not there.
struct AttentionOperand {
  void* data;
  int64_t batch[kMaxDims], row;
};

// o = softmax(scale q k^T + mask) v for each of `batch` heads, indexed by batch_shape[batch_dims].
struct AttentionArgs {
  int batch_dims;
  int64_t batch_shape[kMaxDims];
  int64_t batch, queries, keys, size, value_size;
  // [queries, size], [keys, size], [keys, value_size], [queries, value_size]
  AttentionOperand q, k, v, o;
  // [queries, keys], of T to be added, or of bool where false is as -inf; its step between columns
  AttentionOperand mask;
  int64_t mask_col;
  bool mask_is_bool, causal;  // causal: query i looks at keys 0 ... i
  double scale;
  void* log_sum;  // [batch, queries]: log(sum(exp(score))), or inf where all scores are -inf
  // backward: the gradient by o, given; those by q, k and v, any of which may be null; and scratch,
  // [batch, queries]
  AttentionOperand g, dq, dk, dv;
  void* delta;
};

// A linear map along one dimension: y[i] = the sum of weight[k] * x[index[k]] for k from first[i]
// to first[i + 1] - 1. weight is of the kernel's type.
struct SparseMap {
  int64_t in, out;
  const int64_t* first;
  const int64_t* index;
  const void* weight;
  int64_t uniform;  // how many elements every i has, or 0
  bool identity;
};

// planes of (maps[0].in, maps[1].in, maps[2].in), contiguous, each map along its dimension.
struct InterpolateArgs {
  int64_t planes;
  SparseMap maps[3];
  void* scratch;  // as many bytes as interpolate_scratch asks for
};

enum class SampleMode : int { kBilinear, kNearest, kBicubic };
enum class SamplePadding : int { kZeros, kBorder, kReflection };

// x[batch, channels, in...] sampled at grid[batch, points, spaces], whose coordinates come in the
// order width, height, depth; -1 and 1 are the edges.
struct GridSampleArgs {
  int64_t batch, channels, points;
  int spaces;  // 2 or 3
  int64_t in[3];
  SampleMode mode;
  SamplePadding padding;
  bool align_corners;
};

// x[batch, channels, inner], the channels in `groups` groups.
struct GroupNormArgs {
  int64_t batch, channels, groups, inner;
  double eps;
};

// x[batch, channels, height, width]; rois[rois, 5]: image, x1, y1, x2, y2, checked by the ops;
// y[rois, channels, out_height, out_width].
struct RoiAlignArgs {
  int64_t batch, channels, height, width, rois, out_height, out_width;
  double spatial_scale;
  int64_t sampling_ratio;  // samples along each side of a bin; 0 or less: as many as pixels
  bool aligned;
};

enum class RecurrentKind : int { kTanh, kRelu, kGru, kLstm };

// One direction of a recurrent layer, over a batch of sequences of one or several lengths. The rows
// of step t are offsets[t] ... offsets[t + 1], never more than step t - 1 has; row b of each step
// belongs to sequence b. All contiguous; gates: 1, 1, 3 (r, z, n) or 4 (i, f, g, o).
struct RecurrentArgs {
  RecurrentKind kind;
  bool reverse;                 // from each sequence's last step to its first
  int64_t steps, hidden, size;  // size: of h, hidden or less where h is projected
  const int64_t* offsets;       // [steps + 1]
  const void* w_hh;             // [gates * hidden, size]
  const void* w_hr;             // [size, hidden], or null: h is not projected
  const void* b_hh;             // GRU, forward: [3 * hidden] or null
  const void* first;            // forward: h0 w_hh^T, [batch, gates * hidden], or null: h0 is 0
  const void *h0, *c0;          // GRU: [batch, size]; LSTM: [batch, hidden]; null: 0
  void* gates;  // [rows, gates * hidden]: the input's share, then what the gates let
                // through; of kTanh and kRelu this is y
  void* y;      // [rows, size]
  void* cells;  // [rows, hidden]: LSTM: c; GRU: h w_hn^T + b_hn
  const void *g_y, *g_h, *g_c;  // of y, of the last h [batch, size] and c [batch, hidden], or null
  void* dx;                     // of the gates' input, [rows, gates * hidden]
  void* dhidden;                // of h w_hh^T, the same: dx itself but for a GRU
  void* carry;                  // [batch, hidden]: LSTM: of c0; GRU: of h0, but for dhidden's part
  void* dh;                     // where h is projected: of h, [rows, size]
  void* scratch;                // as many bytes as recurrent_scratch asks for, 64-byte aligned
};

// Sequences n < batch of log_probs[steps, batch, classes], of input_lengths[n] steps, and their
// labels, target_lengths[n] of them from targets[target_offsets[n]] on.
struct CtcArgs {
  int64_t steps, batch, classes, blank;
  int64_t states;  // of the longest target: 2 * labels + 1
  const int64_t *targets, *target_offsets, *target_lengths, *input_lengths;
  bool zero_infinity;
  const void* log_probs;
  void *loss, *alpha;  // [batch], [batch, steps, states + 4]
  void* scratch;       // [batch, 5, states + 4]
};

enum class Optimizer : int {
  kSgd,
  kAdagrad,
  kAdadelta,
  kRmsprop,
  kAdam,
  kAdamW,
  kAdamax,
  kNAdam,
  kNAdamW,
  kRAdam,
  kRAdamW,
  kAsgd,
  kRprop
};

// One parameter of an optimizer's group: contiguous, all of one dtype. State pointers that the
// optimizer does not use are null.
struct OptimizerItem {
  void* parameter;
  const void* grad;
  void* state[3];
  int64_t size;
  int64_t step;       // 1 in the first step
  double scalars[2];  // ASGD: eta and mu; NAdam: the product of the momenta, this step's included
};

struct OptimizerArgs {
  Optimizer kind;
  double lr, weight_decay;
  double beta1, beta2;         // RMSprop's alpha and Adadelta's rho are beta2; Rprop: both etas
  double eps;                  // Rprop: the smallest step
  double momentum, dampening;  // NAdam: momentum's decay; ASGD: alpha, t0; Rprop: the largest step
  double lr_decay;             // ASGD: lambda
  bool nesterov, centered, amsgrad, maximize;
};

}  // namespace pydl
