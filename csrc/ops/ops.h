// The C++ API: arrays in, new arrays out; arguments checked, results allocated, kernels called. One
// section for each family, in the order of the files.
#pragma once

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/array.h"
#include "core/kernel_args.h"

namespace pydl {

// --- copy.cpp
Array cast(const Array& x, DType dtype);
Array triangle(bool lower, const Array& x, int64_t diagonal);
Array clone(const Array& x);
Array contiguous(const Array& x);
void copy_into(const Array& y, const Array& x);  // y[...] = x, broadcast and converted
Array scalar(double value, DType dtype);
Array scalar(int64_t value, DType dtype);
Array full(Extents shape, const Array& value);
Array arange(double start, double step, int64_t size, DType dtype);
Array arange(int64_t start, int64_t step, int64_t size, DType dtype);

// --- view.cpp
Array as_strided(const Array& x, const Shape& shape, const Shape& strides, int64_t offset);
Array expand(const Array& x, const Shape& shape);
Array permute(const Array& x, const Shape& dims);
Array transpose(const Array& x, int64_t dim0, int64_t dim1);
Array select(const Array& x, int64_t dim, int64_t index);
Array slice(const Array& x, int64_t dim, int64_t start, int64_t step, int64_t size);
Array unsqueeze(const Array& x, int64_t dim);
bool can_view(const Array& x, const Shape& shape);
Array view(const Array& x, const Shape& shape);
Array reshape(const Array& x, const Shape& shape);

// --- unary.cpp
Array unary(UnaryOp op, const Array& x, double a = 0, double b = 0);
void unary_into(UnaryOp op, const Array& y, const Array& x, double a = 0, double b = 0);
Array unary_backward(UnaryOp op, const Array& g, const Array& v, double a = 0, double b = 0);
Array clamp(const Array& x, double low, double high);
void clamp_into(const Array& y, const Array& x, double low, double high);

// --- binary.cpp: both operands of one dtype; they broadcast
Array binary(BinaryOp op, const Array& x, const Array& y);
void binary_into(BinaryOp op, const Array& z, const Array& x, const Array& y);
Array compare(CompareOp op, const Array& x, const Array& y);
Array where(const Array& condition, const Array& x, const Array& y);
// Of operands of one shape and dtype.
Array blend(BlendOp op, const Array& x, const Array& y, const Array& w, double factor);
bool any_nonzero(const Array& x);  // of a bool array on the host

// --- reduce.cpp: over dims, or over all where there are none
// name: what errors call the op; by default the name of `op`.
Array reduce(ReduceOp op, const Array& x, const Shape& dims, bool keepdim,
             const char* name = nullptr);
std::pair<Array, Array> moments(const Array& x, const Shape& dims, bool keepdim);
Array mean(const Array& x, const Shape& dims, bool keepdim);
// The elements that are not 0 are at least one (any), or all of them: bool.
Array any(const Array& x, const Shape& dims, bool keepdim);
Array all(const Array& x, const Shape& dims, bool keepdim);
// A view of g, the result of reducing `shape` over dims, repeated to that shape.
Array spread(const Array& g, const Shape& shape, const Shape& dims, bool keepdim);
Array arg_reduce(bool maximum, const Array& x, int64_t dim, bool keepdim);
Array cumsum(const Array& x, int64_t dim);
Array cumprod(const Array& x, int64_t dim);

// --- order.cpp: places as int64; NaN is larger than any number
// The extreme of the elements up to each, and its place: the last of equal ones.
std::pair<Array, Array> running_extreme(bool maximum, const Array& x, int64_t dim);
// The places of the k largest (smallest) in order.
Array topk(const Array& x, int64_t k, int64_t dim, bool largest);
Array sort(const Array& x, int64_t dim, bool descending);
// The place of the k-th smallest, from 1, or of the median, the dimension being kept.
Array kthvalue(RankRule rule, const Array& x, int64_t k, int64_t dim);
// Where values would stand in an ordered row, or in rows for all but their last dimension.
Array searchsorted(const Array& x, const Array& values, bool right);
Array logcumsumexp(const Array& x, int64_t dim);

// --- softmax.cpp
Array softmax(const Array& x, int64_t dim, bool log);
Array softmax_backward(const Array& g, const Array& y, int64_t dim, bool log);

// --- cross_entropy.cpp: logits (rows, classes), targets (rows,) that checked_classes gave
// Classes as int64, contiguous; the error names the op, the class and its place.
Array checked_classes(const char* op, const Array& target, int64_t classes, int64_t ignore_index);
// The weights of all targets that count, added up: what a mean divides by.
double total_weight(const Array& target, const std::optional<Array>& weight, int64_t ignore_index);
// The loss of each row, and log(sum(exp(x))) of each row for backward; float32 and float64 only.
std::pair<Array, Array> cross_entropy(const Array& x, const Array& target,
                                      const std::optional<Array>& weight, int64_t ignore_index,
                                      double smoothing);
// g (rows,), or one value for all, times scale.
Array cross_entropy_backward(const Array& g, double scale, const Array& x, const Array& log_sum,
                             const Array& target, const std::optional<Array>& weight,
                             int64_t ignore_index, double smoothing);

// --- loss.cpp: float32 and float64 of one shape
// The sum of op(x, y), times scale.
Array loss_sum(LossOp op, const Array& x, const Array& y, double scale, double bound,
               double curvature);
// Its derivative by x, times g, of one element.
Array loss_backward(LossOp op, const Array& g, const Array& x, const Array& y, double scale,
                    double bound, double curvature);

// --- ctc.cpp: log_probs (steps, batch, classes); all others int64, contiguous, one for each of the
// batch but for the labels
struct CtcTargets {
  Array labels, offsets, lengths, input_lengths;
  int64_t blank;
  bool zero_infinity;
};
std::pair<Array, Array> ctc_loss(const Array& log_probs, const CtcTargets& targets);  // and alpha
Array ctc_loss_backward(const Array& g, const Array& log_probs, const CtcTargets& targets,
                        const Array& loss, const Array& alpha);

// --- matmul.cpp
// act(x y + bias): matrices in the last two dimensions, the others broadcast; bias (n,) or none.
Array matmul(const Array& x, const Array& y, const std::optional<Array>& bias = {},
             Activation activation = Activation::kNone);

// --- attention.cpp: q (..., queries, size), k (..., keys, size), v (..., keys, value_size); the
// rest broadcasts. softmax(scale q k^T + mask) v, and log(sum(exp(score))) of each query for
// backward.
std::pair<Array, Array> attention(const Array& q, const Array& k, const Array& v,
                                  const std::optional<Array>& mask, double scale, bool causal);
// The gradients that are wanted by q, k and v, before they are summed where those were broadcast.
std::tuple<std::optional<Array>, std::optional<Array>, std::optional<Array>> attention_backward(
    const Array& g, const Array& q, const Array& k, const Array& v,
    const std::optional<Array>& mask, const Array& o, const Array& log_sum, double scale,
    bool causal, bool by_q, bool by_k, bool by_v);

// --- recurrent.cpp: one direction of a recurrent layer, see RecurrentArgs
struct RecurrentWeights {
  Array w_hh;
  std::optional<Array> w_hr, b_hh;
};
struct RecurrentSteps {
  Array offsets;  // int64
  bool reverse;
  std::optional<Array> h0, c0;
};
// y and cells (of a GRU and an LSTM). gates is overwritten, and is y where there is one gate.
// first: h0 w_hh^T.
std::pair<Array, std::optional<Array>> recurrent_forward(RecurrentKind kind, const Array& gates,
                                                         const RecurrentWeights& weights,
                                                         const RecurrentSteps& steps,
                                                         const std::optional<Array>& first);
struct RecurrentGrads {
  Array dx, dhidden;
  std::optional<Array> carry, dh;
};
RecurrentGrads recurrent_backward(RecurrentKind kind, const Array& gates, const Array& y,
                                  const std::optional<Array>& cells,
                                  const RecurrentWeights& weights, const RecurrentSteps& steps,
                                  const std::optional<Array>& g_y, const std::optional<Array>& g_h,
                                  const std::optional<Array>& g_c);

// --- conv.cpp: 1, 2 or 3 space dimensions, as many as stride, padding and dilation have
struct ConvSettings {
  Shape stride, padding, dilation;
  int64_t groups;
};
// Whether 3x3 convolutions may be done by Winograd's method, which is faster and less exact.
bool winograd_allowed();
void set_winograd_allowed(bool allowed);
Array conv_forward(const Array& x, const Array& w, const std::optional<Array>& bias,
                   const ConvSettings& settings, Activation activation = Activation::kNone);
// The gradients by x, of which the space extents are `in`, and by w, of which they are `kernel`.
Array conv_input_grad(const Array& g, const Array& w, const Shape& in,
                      const ConvSettings& settings);
Array conv_weight_grad(const Array& g, const Array& x, const Shape& kernel,
                       const ConvSettings& settings);

// --- pool.cpp: x is (batch, channels, space...)
struct PoolSettings {
  Shape kernel, stride, padding, dilation;
  bool ceil_mode;
};
std::pair<Array, Array> max_pool(const Array& x, const PoolSettings& settings);
std::pair<Array, Array> adaptive_max_pool(const Array& x, const Shape& out);
Array avg_pool(const Array& x, const PoolSettings& settings, bool count_include_pad,
               int64_t divisor);
Array avg_pool_backward(const Array& g, const Shape& in, const PoolSettings& settings,
                        bool count_include_pad, int64_t divisor);
// Between planes, the space of (batch, channels, space...), at max_pool's indices.
Array plane_gather(const Array& x, const Array& index);
Array plane_scatter(const Array& x, const Array& index, const Shape& space);

// --- interpolate.cpp: x is (batch, channels, space...)
enum class InterpolateMode : int { kNearest, kNearestExact, kLinear, kCubic, kArea };
struct InterpolateSettings {
  InterpolateMode mode;
  bool align_corners, antialias;
  std::vector<double> factors;  // for each space dimension; 0: the ratio of the sizes
};
Array interpolate(const Array& x, const Shape& out, const InterpolateSettings& settings);
Array interpolate_backward(const Array& g, const Shape& in, const InterpolateSettings& settings);

// --- grid_sample.cpp
Array grid_sample(const Array& x, const Array& grid, SampleMode mode, SamplePadding padding,
                  bool align_corners);
std::pair<Array, Array> grid_sample_backward(const Array& g, const Array& x, const Array& grid,
                                             SampleMode mode, SamplePadding padding,
                                             bool align_corners);

// --- roi_align.cpp: boxes (count, 5)
struct RoiAlignSettings {
  int64_t height, width;
  double spatial_scale;
  int64_t sampling_ratio;
  bool aligned;
};
Array roi_align(const Array& x, const Array& rois, const RoiAlignSettings& settings);
Array roi_align_backward(const Array& g, const Array& rois, const Shape& shape,
                         const RoiAlignSettings& settings);

// --- layer_norm.cpp: over the last dimensions, as many as make `size` elements; mean and rstd are
// (rows,)
std::tuple<Array, Array, Array> layer_norm(const Array& x, const std::optional<Array>& weight,
                                           const std::optional<Array>& bias, int64_t size,
                                           double eps);
std::tuple<Array, Array, Array> layer_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const std::optional<Array>& weight,
                                                    int64_t size);

// Without the mean: y = x * rstd * weight; and rstd (rows,).
std::pair<Array, Array> rms_norm(const Array& x, const std::optional<Array>& weight, int64_t size,
                                 double eps);
std::pair<Array, Array> rms_norm_backward(const Array& g, const Array& x, const Array& rstd,
                                          const std::optional<Array>& weight, int64_t size);

// --- group_norm.cpp: x (batch, channels, ...); the result, mean, biased variance and 1 / deviation
// (batch * groups,)
std::tuple<Array, Array, Array, Array> group_norm(const Array& x,
                                                  const std::optional<Array>& weight,
                                                  const std::optional<Array>& bias, int64_t groups,
                                                  double eps);
std::tuple<Array, Array, Array> group_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const std::optional<Array>& weight,
                                                    int64_t groups);

// --- batch_norm.cpp: over all but dimension 1, the channels
std::pair<Array, Array> batch_norm_stats(const Array& x);  // mean and biased variance
Array batch_norm(const Array& x, const Array& mean, const Array& rstd,
                 const std::optional<Array>& weight, const std::optional<Array>& bias);
std::tuple<Array, Array, Array> batch_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const std::optional<Array>& weight);

// --- dropout.cpp: y and the mask of what was kept
std::pair<Array, Array> dropout(const Array& x, double p, uint64_t seed, uint64_t offset);
Array dropout_backward(const Array& g, const Array& mask, double scale);

// --- embedding.cpp: the rows of a table at tokens that were checked
Array checked_tokens(const char* op, const Array& tokens, int64_t rows);
Array embedding_backward(const Array& g, const Array& tokens, int64_t rows, int64_t padding_idx);

// --- embedding_bag.cpp: bag b is the indices offsets[b] ... offsets[b + 1] - 1 of a table w (rows,
// size)
Array embedding_bag(const Array& w, const Array& index, const Array& offsets,
                    const std::optional<Array>& scale);
std::pair<Array, Array> embedding_bag_max(const Array& w, const Array& index, const Array& offsets);
Array embedding_bag_backward(const Array& g, const Array& index, const Array& offsets,
                             const std::optional<Array>& scale, int64_t rows);
Array embedding_bag_scale_grad(const Array& g, const Array& w, const Array& index,
                               const Array& offsets);

// --- index.cpp
struct IndexItem {
  enum Kind { kInt, kSlice, kNewAxis, kEllipsis } kind;
  int64_t start, stop, step;
};
Array basic_index(const Array& x, const std::vector<IndexItem>& items);  // a view
// Indices of dtype int64, contiguous; those below 0 are counted from the end of `size` (from_end)
// or refused. The error names the op.
Array checked_index(const char* op, const Array& index, int64_t size, bool from_end);
// One index into some of x's dimensions, seen as one, for several that broadcast together.
Array linear_index(const Array& x, const Shape& dims, const std::vector<Array>& indices);
Array bincount(const Array& x, int64_t least);
Array mask_positions(const Array& mask);  // flat positions of what is true
Array nonzero(const Array& x);            // (count, dimensions)
// x at an index (checked, contiguous) into `count` dimensions from `first` on, seen as one.
Array index_get(const Array& x, int64_t first, int64_t count, const Array& index);
void index_put_into(const Array& y, int64_t first, int64_t count, const Array& index,
                    const Array& x, bool accumulate);

// --- gather.cpp
Array gather(const Array& x, int64_t dim, const Array& index);
void scatter_into(const Array& y, int64_t dim, const Array& index, const Array& x, bool add);

// --- cdist.cpp
Array cdist(const Array& x1, const Array& x2, double p);
// The gradient of x1, from that of the distances y.
Array cdist_backward(const Array& g, const Array& y, const Array& x1, const Array& x2, double p);

// --- concat.cpp
Array concat(const std::vector<Array>& parts, int64_t dim);

// --- random.cpp: y is filled from the generator's blocks at `offset`; at most size + 8 of them are
// used
void uniform_into(const Array& y, uint64_t seed, uint64_t offset, double low, double high);
void normal_into(const Array& y, uint64_t seed, uint64_t offset, double mean, double std);
void bernoulli_into(const Array& y, uint64_t seed, uint64_t offset, const Array& p);
void randint_into(const Array& y, uint64_t seed, uint64_t offset, int64_t low, int64_t high);
Array permutation(int64_t count, uint64_t seed, uint64_t offset);

// --- peak.cpp
// The best rate of multiply-adds in registers on all threads, in operations per second, within a
// time.
double fma_peak(DType dtype, double seconds);

// --- optim.cpp: one step of all parameters of a group, in place
using Arrays = std::vector<const Array*>;
struct OptimizerGroup {
  Arrays parameters, grads;
  Arrays steps;       // a float32 each: the steps before this one, counted up; or empty, and
  int64_t step;       // this is the number of the step for all
  Arrays states[3];   // those that the optimizer does not use are empty
  Arrays scalars[2];  // a float32 each: OptimizerItem's, carried from step to step
};
void optimizer_step(const OptimizerArgs& args, const OptimizerGroup& group);

}  // namespace pydl
