#include <pybind11/stl.h>

#include "bindings/array_type.h"
#include "bindings/define.h"
#include "bindings/families.h"
#include "ops/common.h"
#include "ops/names.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

template <UnaryOp op>
Array unary_of(const Array& x) {
  return unary(op, x);
}
template <UnaryOp op>
Array unary_with(const Array& x, double a, double b) {
  return unary(op, x, a, b);
}
template <UnaryOp op>
void unary_inplace(const Array& x) {
  unary_into(op, x, x);
}
template <UnaryOp op>
Array backward_of(const Array& g, const Array& v) {
  return unary_backward(op, g, v);
}
template <UnaryOp op>
Array backward_with(const Array& g, const Array& v, double a, double b) {
  return unary_backward(op, g, v, a, b);
}
template <BinaryOp op>
Array binary_of(const Array& x, const Array& y) {
  return binary(op, x, y);
}
template <BinaryOp op>
void binary_inplace(const Array& x, const Array& y) {
  binary_into(op, x, x, y);
}
void clamp_inplace(const Array& x, double low, double high) { clamp_into(x, x, low, high); }
template <CompareOp op>
Array compare_of(const Array& x, const Array& y) {
  return compare(op, x, y);
}
template <BlendOp op>
Array blend_of(const Array& x, const Array& y, const Array& w, double factor) {
  return blend(op, x, y, w, factor);
}
template <LossOp op>
Array loss_sum_of(const Array& x, const Array& y, double scale, double bound, double curvature) {
  return loss_sum(op, x, y, scale, bound, curvature);
}
template <LossOp op>
Array loss_backward_of(const Array& g, const Array& x, const Array& y, double scale, double bound,
                       double curvature) {
  return loss_backward(op, g, x, y, scale, bound, curvature);
}

// One name for each row of ops/names.h; the address of a template costs no compile time of its own.
constexpr bool has_settings(UnaryOp op) {
  return op == UnaryOp::kLeakyRelu || op == UnaryOp::kElu || op == UnaryOp::kSoftplus ||
         op == UnaryOp::kHardtanh || op == UnaryOp::kHardshrink || op == UnaryOp::kSoftshrink ||
         op == UnaryOp::kHuber || op == UnaryOp::kThreshold;
}
template <size_t i>
void add_one_unary(py::module_& m) {
  constexpr auto op = kUnaryNames[i].first;
  if constexpr (!has_settings(op)) {
    def<&unary_of<op>>(m, kUnaryNames[i].second, py::arg());
    def<&unary_inplace<op>>(m, (std::string(kUnaryNames[i].second) + "_").c_str(), py::arg());
  }
}
template <size_t... i>
void add_unary(py::module_& m, std::index_sequence<i...>) {
  (add_one_unary<i>(m), ...);
}
template <size_t... i>
void add_binary(py::module_& m, std::index_sequence<i...>) {
  const py::arg p;
  (def<&binary_of<kBinaryNames[i].first>>(m, kBinaryNames[i].second, p, p), ...);
  (def<&binary_inplace<kBinaryNames[i].first>>(
       m, (std::string(kBinaryNames[i].second) + "_").c_str(), p, p),
   ...);
}
template <size_t... i>
void add_compare(py::module_& m, std::index_sequence<i...>) {
  const py::arg p;
  (def<&compare_of<kCompareNames[i].first>>(m, kCompareNames[i].second, p, p), ...);
}

template <ReduceOp op>
Array reduce_of(const Array& x, const Shape& dims, bool keepdim) {
  return reduce(op, x, dims, keepdim);
}

Shape broadcast_shapes(const char* name, const Shape& x, const Shape& y) {
  return broadcast(name, x, y);
}
Array kthvalue_of(const Array& x, int64_t k, int64_t dim) {
  return kthvalue(RankRule::kFixed, x, k, dim);
}
template <RankRule kRule>
Array median_of(const Array& x, int64_t dim) {
  return kthvalue(kRule, x, 1, dim);
}
int promote_types(int x, int y) {
  return static_cast<int>(promote(static_cast<DType>(x), static_cast<DType>(y)));
}
int result_type(const Array& x, const Array& y) { return static_cast<int>(promote(x, y)); }

}  // namespace

void add_pointwise(py::module_& m) {
  const py::arg p;
  add_unary(m, std::make_index_sequence<std::size(kUnaryNames)>());
  add_binary(m, std::make_index_sequence<std::size(kBinaryNames)>());
  add_compare(m, std::make_index_sequence<std::size(kCompareNames)>());
  // With settings: slope; alpha and the input's factor; beta and threshold; the bounds; the bound.
  def<&unary_with<UnaryOp::kLeakyRelu>>(m, "leaky_relu", p, p, p);
  def<&unary_with<UnaryOp::kElu>>(m, "elu", p, p, p);
  def<&unary_with<UnaryOp::kSoftplus>>(m, "softplus", p, p, p);
  def<&unary_with<UnaryOp::kHardtanh>>(m, "hardtanh", p, p, p);
  def<&unary_with<UnaryOp::kHardshrink>>(m, "hardshrink", p, p, p);
  def<&unary_with<UnaryOp::kSoftshrink>>(m, "softshrink", p, p, p);
  def<&unary_with<UnaryOp::kHuber>>(m, "huber", p, p, p);
  def<&unary_with<UnaryOp::kThreshold>>(m, "threshold", p, p, p);
  def<&backward_of<UnaryOp::kTanh>>(m, "tanh_backward", p, p);
  def<&backward_of<UnaryOp::kSigmoid>>(m, "sigmoid_backward", p, p);
  def<&backward_of<UnaryOp::kRelu>>(m, "relu_backward", p, p);
  def<&backward_of<UnaryOp::kGelu>>(m, "gelu_backward", p, p);
  def<&backward_of<UnaryOp::kGeluTanh>>(m, "gelu_tanh_backward", p, p);
  def<&backward_of<UnaryOp::kSilu>>(m, "silu_backward", p, p);
  def<&backward_of<UnaryOp::kLogSigmoid>>(m, "logsigmoid_backward", p, p);
  def<&backward_of<UnaryOp::kSelu>>(m, "selu_backward", p, p);
  def<&backward_of<UnaryOp::kHardsigmoid>>(m, "hardsigmoid_backward", p, p);
  def<&backward_of<UnaryOp::kHardswish>>(m, "hardswish_backward", p, p);
  def<&backward_of<UnaryOp::kMish>>(m, "mish_backward", p, p);
  def<&backward_with<UnaryOp::kThreshold>>(m, "threshold_backward", p, p, p, p);
  def<&backward_with<UnaryOp::kHardtanh>>(m, "hardtanh_backward", p, p, p, p);
  def<&backward_with<UnaryOp::kHardshrink>>(m, "shrink_backward", p, p, p, p);
  def<&backward_with<UnaryOp::kLeakyRelu>>(m, "leaky_relu_backward", p, p, p, p);
  def<&backward_with<UnaryOp::kElu>>(m, "elu_backward", p, p, p, p);
  def<&backward_with<UnaryOp::kSoftplus>>(m, "softplus_backward", p, p, p, p);
  def<&clamp>(m, "clamp", p, p, p);
  def<&clamp_inplace>(m, "clamp_", p, p, p);
  def<&where>(m, "where", p, p, p);
  def<&blend_of<BlendOp::kProduct>>(m, "add_product", p, p, p, p);
  def<&blend_of<BlendOp::kRatio>>(m, "add_ratio", p, p, p, p);
  def<&blend_of<BlendOp::kFrom>>(m, "add_difference", p, p, p, p);
  def<&reduce_of<ReduceOp::kSum>>(m, "reduce_sum", p, p, p);
  def<&reduce_of<ReduceOp::kProd>>(m, "reduce_prod", p, p, p);
  def<&reduce_of<ReduceOp::kMax>>(m, "reduce_max", p, p, p);
  def<&reduce_of<ReduceOp::kMin>>(m, "reduce_min", p, p, p);
  def<&reduce_of<ReduceOp::kSumAbs>>(m, "reduce_sum_abs", p, p, p);
  def<&reduce_of<ReduceOp::kSumSquare>>(m, "reduce_sum_square", p, p, p);
  def<&reduce_of<ReduceOp::kMaxAbs>>(m, "reduce_max_abs", p, p, p);
  def<&reduce_of<ReduceOp::kCountNonzero>>(m, "count_nonzero", p, p, p);
  def<&mean>(m, "mean", p, p, p);
  def<&any>(m, "any", p, p, p);
  def<&all>(m, "all", p, p, p);
  def<&spread>(m, "spread", p, p, p, p);
  def<&softmax>(m, "softmax", p, p, p);
  def<&softmax_backward>(m, "softmax_backward", p, p, p, p);
  def<&loss_sum_of<LossOp::kSquared>>(m, "squared_error_sum", p, p, p, p, p);
  def<&loss_sum_of<LossOp::kAbsolute>>(m, "absolute_error_sum", p, p, p, p, p);
  def<&loss_sum_of<LossOp::kHuber>>(m, "huber_error_sum", p, p, p, p, p);
  def<&loss_sum_of<LossOp::kLogistic>>(m, "logistic_error_sum", p, p, p, p, p);
  def<&loss_backward_of<LossOp::kLogistic>>(m, "logistic_error_backward", p, p, p, p, p, p);
  def<&loss_backward_of<LossOp::kSquared>>(m, "squared_error_backward", p, p, p, p, p, p);
  def<&loss_backward_of<LossOp::kAbsolute>>(m, "absolute_error_backward", p, p, p, p, p, p);
  def<&loss_backward_of<LossOp::kHuber>>(m, "huber_error_backward", p, p, p, p, p, p);
  def<&checked_classes>(m, "checked_classes", p, p, p, p);
  def<&total_weight>(m, "total_weight", p, p, p);
  def<&cross_entropy>(m, "cross_entropy", p, p, p, p, p);
  def<&cross_entropy_backward>(m, "cross_entropy_backward", p, p, p, p, p, p, p, p);
  def<&moments>(m, "moments", p, p, p);
  def<&arg_reduce>(m, "arg_reduce", p, p, p, p);
  def<&cumsum>(m, "cumsum", p, p);
  def<&cumprod>(m, "cumprod", p, p);
  def<&running_extreme>(m, "running_extreme", p, p, p);
  def<&topk>(m, "topk", p, p, p, p);
  def<&sort>(m, "sort", p, p, p);
  def<&kthvalue_of>(m, "kthvalue", p, p, p);
  def<&median_of<RankRule::kMedian>>(m, "median", p, p);
  def<&median_of<RankRule::kNanMedian>>(m, "nanmedian", p, p);
  def<&searchsorted>(m, "searchsorted", p, p, p);
  def<&logcumsumexp>(m, "logcumsumexp", p, p);
  def<&cdist>(m, "cdist", p, p, p);
  def<&cdist_backward>(m, "cdist_backward", p, p, p, p, p);
  def<&broadcast_shapes>(m, "broadcast_shapes", p, p, p);
  def<&any_nonzero>(m, "any_nonzero", p);
  def<&promote_types>(m, "promote_types", p, p);
  def<&result_type>(m, "result_type", p, p);
}

}  // namespace pydl::python
