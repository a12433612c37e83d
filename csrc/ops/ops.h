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
bool any_nonzero(const Array& x);  // of a bool array on the host

// --- reduce.cpp: over dims, or over all where there are none
Array reduce(ReduceOp op, const Array& x, const Shape& dims, bool keepdim);
std::pair<Array, Array> moments(const Array& x, const Shape& dims, bool keepdim);
Array mean(const Array& x, const Shape& dims, bool keepdim);
// The elements that are not 0 are at least one (any), or all of them: bool.
Array any(const Array& x, const Shape& dims, bool keepdim);
Array all(const Array& x, const Shape& dims, bool keepdim);
// A view of g, the result of reducing `shape` over dims, repeated to that shape.
Array spread(const Array& g, const Shape& shape, const Shape& dims, bool keepdim);
Array arg_reduce(bool maximum, const Array& x, int64_t dim, bool keepdim);
Array cumsum(const Array& x, int64_t dim);

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

// --- matmul.cpp
// act(x y + bias): matrices in the last two dimensions, the others broadcast; bias (n,) or none.
Array matmul(const Array& x, const Array& y, const std::optional<Array>& bias = {},
             Activation activation = Activation::kNone);

// --- conv.cpp: 1, 2 or 3 space dimensions, as many as stride, padding and dilation have
struct ConvSettings {
  Shape stride, padding, dilation;
  int64_t groups;
};
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
Array avg_pool(const Array& x, const PoolSettings& settings, bool count_include_pad,
               int64_t divisor);
Array avg_pool_backward(const Array& g, const Shape& in, const PoolSettings& settings,
                        bool count_include_pad, int64_t divisor);
// Between planes, the space of (batch, channels, space...), at max_pool's indices.
Array plane_gather(const Array& x, const Array& index);
Array plane_scatter(const Array& x, const Array& index, const Shape& space);

// --- layer_norm.cpp: over the last dimensions, as many as make `size` elements; mean and rstd are
// (rows,)
std::tuple<Array, Array, Array> layer_norm(const Array& x, const std::optional<Array>& weight,
                                           const std::optional<Array>& bias, int64_t size,
                                           double eps);
std::tuple<Array, Array, Array> layer_norm_backward(const Array& g, const Array& x,
                                                    const Array& mean, const Array& rstd,
                                                    const std::optional<Array>& weight,
                                                    int64_t size);

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
Array checked_tokens(const Array& tokens, int64_t rows);
Array embedding_backward(const Array& g, const Array& tokens, int64_t rows, int64_t padding_idx);

// --- index.cpp
struct IndexItem {
  enum Kind { kInt, kSlice, kNewAxis, kEllipsis } kind;
  int64_t start, stop, step;
};
Array basic_index(const Array& x, const std::vector<IndexItem>& items);  // a view
// Indices of dtype int64, contiguous, those below 0 counted from the end of `size`; the error names
// the op.
Array checked_index(const char* op, const Array& index, int64_t size);
// One index into some of x's dimensions, seen as one, for several that broadcast together.
Array linear_index(const Array& x, const Shape& dims, const std::vector<Array>& indices);
Array mask_positions(const Array& mask);  // flat positions of what is true
Array nonzero(const Array& x);            // (count, dimensions)
// x at an index (checked, contiguous) into `count` dimensions from `first` on, seen as one.
Array index_get(const Array& x, int64_t first, int64_t count, const Array& index);
void index_put_into(const Array& y, int64_t first, int64_t count, const Array& index,
                    const Array& x, bool accumulate);

// --- gather.cpp
Array gather(const Array& x, int64_t dim, const Array& index);
void scatter_into(const Array& y, int64_t dim, const Array& index, const Array& x, bool add);

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
  Arrays steps;      // a float32 each: the steps before this one, counted up; or empty, and
  int64_t step;      // this is the number of the step for all
  Arrays states[3];  // those that the optimizer does not use are empty
};
void optimizer_step(const OptimizerArgs& args, const OptimizerGroup& group);

}  // namespace pydl
