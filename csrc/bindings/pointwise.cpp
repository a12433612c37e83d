#include <pybind11/stl.h>

#include "bindings/array_type.h"
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
    m.def(kUnaryNames[i].second, &unary_of<op>, py::arg());
    m.def((std::string(kUnaryNames[i].second) + "_").c_str(), &unary_inplace<op>, py::arg());
  }
}
template <size_t... i>
void add_unary(py::module_& m, std::index_sequence<i...>) {
  (add_one_unary<i>(m), ...);
}
template <size_t... i>
void add_binary(py::module_& m, std::index_sequence<i...>) {
  const py::arg p;
  (m.def(kBinaryNames[i].second, &binary_of<kBinaryNames[i].first>, p, p), ...);
  (m.def((std::string(kBinaryNames[i].second) + "_").c_str(),
         &binary_inplace<kBinaryNames[i].first>, p, p),
   ...);
}
template <size_t... i>
void add_compare(py::module_& m, std::index_sequence<i...>) {
  const py::arg p;
  (m.def(kCompareNames[i].second, &compare_of<kCompareNames[i].first>, p, p), ...);
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
  m.def("leaky_relu", &unary_with<UnaryOp::kLeakyRelu>, p, p, p);
  m.def("elu", &unary_with<UnaryOp::kElu>, p, p, p);
  m.def("softplus", &unary_with<UnaryOp::kSoftplus>, p, p, p);
  m.def("hardtanh", &unary_with<UnaryOp::kHardtanh>, p, p, p);
  m.def("hardshrink", &unary_with<UnaryOp::kHardshrink>, p, p, p);
  m.def("softshrink", &unary_with<UnaryOp::kSoftshrink>, p, p, p);
  m.def("huber", &unary_with<UnaryOp::kHuber>, p, p, p);
  m.def("threshold", &unary_with<UnaryOp::kThreshold>, p, p, p);
  m.def("tanh_backward", &backward_of<UnaryOp::kTanh>, p, p);
  m.def("sigmoid_backward", &backward_of<UnaryOp::kSigmoid>, p, p);
  m.def("relu_backward", &backward_of<UnaryOp::kRelu>, p, p);
  m.def("gelu_backward", &backward_of<UnaryOp::kGelu>, p, p);
  m.def("gelu_tanh_backward", &backward_of<UnaryOp::kGeluTanh>, p, p);
  m.def("silu_backward", &backward_of<UnaryOp::kSilu>, p, p);
  m.def("logsigmoid_backward", &backward_of<UnaryOp::kLogSigmoid>, p, p);
  m.def("selu_backward", &backward_of<UnaryOp::kSelu>, p, p);
  m.def("hardsigmoid_backward", &backward_of<UnaryOp::kHardsigmoid>, p, p);
  m.def("hardswish_backward", &backward_of<UnaryOp::kHardswish>, p, p);
  m.def("mish_backward", &backward_of<UnaryOp::kMish>, p, p);
  m.def("threshold_backward", &backward_with<UnaryOp::kThreshold>, p, p, p, p);
  m.def("hardtanh_backward", &backward_with<UnaryOp::kHardtanh>, p, p, p, p);
  m.def("shrink_backward", &backward_with<UnaryOp::kHardshrink>, p, p, p, p);
  m.def("leaky_relu_backward", &backward_with<UnaryOp::kLeakyRelu>, p, p, p, p);
  m.def("elu_backward", &backward_with<UnaryOp::kElu>, p, p, p, p);
  m.def("softplus_backward", &backward_with<UnaryOp::kSoftplus>, p, p, p, p);
  m.def("clamp", &clamp, p, p, p);
  m.def("clamp_", &clamp_inplace, p, p, p);
  m.def("where", &where, p, p, p);
  m.def("add_product", &blend_of<BlendOp::kProduct>, p, p, p, p);
  m.def("add_ratio", &blend_of<BlendOp::kRatio>, p, p, p, p);
  m.def("add_difference", &blend_of<BlendOp::kFrom>, p, p, p, p);
  m.def("reduce_sum", &reduce_of<ReduceOp::kSum>, p, p, p);
  m.def("reduce_prod", &reduce_of<ReduceOp::kProd>, p, p, p);
  m.def("reduce_max", &reduce_of<ReduceOp::kMax>, p, p, p);
  m.def("reduce_min", &reduce_of<ReduceOp::kMin>, p, p, p);
  m.def("reduce_sum_abs", &reduce_of<ReduceOp::kSumAbs>, p, p, p);
  m.def("reduce_sum_square", &reduce_of<ReduceOp::kSumSquare>, p, p, p);
  m.def("reduce_max_abs", &reduce_of<ReduceOp::kMaxAbs>, p, p, p);
  m.def("count_nonzero", &reduce_of<ReduceOp::kCountNonzero>, p, p, p);
  m.def("mean", &mean, p, p, p);
  m.def("any", &any, p, p, p);
  m.def("all", &all, p, p, p);
  m.def("spread", &spread, p, p, p, p);
  m.def("softmax", &softmax, p, p, p);
  m.def("softmax_backward", &softmax_backward, p, p, p, p);
  m.def("squared_error_sum", &loss_sum_of<LossOp::kSquared>, p, p, p, p, p);
  m.def("absolute_error_sum", &loss_sum_of<LossOp::kAbsolute>, p, p, p, p, p);
  m.def("huber_error_sum", &loss_sum_of<LossOp::kHuber>, p, p, p, p, p);
  m.def("logistic_error_sum", &loss_sum_of<LossOp::kLogistic>, p, p, p, p, p);
  m.def("logistic_error_backward", &loss_backward_of<LossOp::kLogistic>, p, p, p, p, p, p);
  m.def("squared_error_backward", &loss_backward_of<LossOp::kSquared>, p, p, p, p, p, p);
  m.def("absolute_error_backward", &loss_backward_of<LossOp::kAbsolute>, p, p, p, p, p, p);
  m.def("huber_error_backward", &loss_backward_of<LossOp::kHuber>, p, p, p, p, p, p);
  m.def("checked_classes", &checked_classes, p, p, p, p);
  m.def("total_weight", &total_weight, p, p, p);
  m.def("cross_entropy", &cross_entropy, p, p, p, p, p);
  m.def("cross_entropy_backward", &cross_entropy_backward, p, p, p, p, p, p, p, p);
  m.def("moments", &moments, p, p, p);
  m.def("arg_reduce", &arg_reduce, p, p, p, p);
  m.def("cumsum", &cumsum, p, p);
  m.def("cumprod", &cumprod, p, p);
  m.def("running_extreme", &running_extreme, p, p, p);
  m.def("topk", &topk, p, p, p, p);
  m.def("kthvalue", &kthvalue_of, p, p, p);
  m.def("median", &median_of<RankRule::kMedian>, p, p);
  m.def("nanmedian", &median_of<RankRule::kNanMedian>, p, p);
  m.def("searchsorted", &searchsorted, p, p, p);
  m.def("logcumsumexp", &logcumsumexp, p, p);
  m.def("cdist", &cdist, p, p, p);
  m.def("cdist_backward", &cdist_backward, p, p, p, p, p);
  m.def("broadcast_shapes", &broadcast_shapes, p, p, p);
  m.def("any_nonzero", &any_nonzero, p);
  m.def("promote_types", &promote_types, p, p);
  m.def("result_type", &result_type, p, p);
}

}  // namespace pydl::python
