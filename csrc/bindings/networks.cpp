#include <pybind11/stl.h>

#include "bindings/array_type.h"
#include "bindings/define.h"
#include "bindings/families.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

using Maybe = std::optional<Array>;

Array conv(const Array& x, const Array& w, const Maybe& bias, const Shape& stride,
           const Shape& padding, const Shape& dilation, int64_t groups, Activation activation) {
  return conv_forward(x, w, bias, {stride, padding, dilation, groups}, activation);
}
Array conv_dx(const Array& g, const Array& w, const Shape& in, const Shape& stride,
              const Shape& padding, const Shape& dilation, int64_t groups) {
  return conv_input_grad(g, w, in, {stride, padding, dilation, groups});
}
Array conv_dw(const Array& g, const Array& x, const Shape& kernel, const Shape& stride,
              const Shape& padding, const Shape& dilation, int64_t groups) {
  return conv_weight_grad(g, x, kernel, {stride, padding, dilation, groups});
}
std::pair<Array, Array> max_pool_of(const Array& x, const Shape& kernel, const Shape& stride,
                                    const Shape& padding, const Shape& dilation, bool ceil_mode) {
  return max_pool(x, {kernel, stride, padding, dilation, ceil_mode});
}
PoolSettings dense_windows(const Shape& kernel, const Shape& stride, const Shape& padding,
                           bool ceil_mode) {
  Shape dilation(kernel);
  for (int d = 0; d < dilation.size(); ++d) dilation[d] = 1;
  return {kernel, stride, padding, dilation, ceil_mode};
}
Array avg_pool_of(const Array& x, const Shape& kernel, const Shape& stride, const Shape& padding,
                  bool ceil_mode, bool count_include_pad, int64_t divisor) {
  return avg_pool(x, dense_windows(kernel, stride, padding, ceil_mode), count_include_pad, divisor);
}
Array avg_pool_dx(const Array& g, const Shape& in, const Shape& kernel, const Shape& stride,
                  const Shape& padding, bool ceil_mode, bool count_include_pad, int64_t divisor) {
  return avg_pool_backward(g, in, dense_windows(kernel, stride, padding, ceil_mode),
                           count_include_pad, divisor);
}

InterpolateSettings resampling(int mode, bool align_corners, bool antialias,
                               const std::vector<double>& factors) {
  check(mode >= 0 && mode <= static_cast<int>(InterpolateMode::kArea), ErrorKind::kValue,
        "interpolate: expected a mode from 0 to 4, got ", mode);
  return {static_cast<InterpolateMode>(mode), align_corners, antialias, factors};
}
Array interpolate_to(const Array& x, const Shape& out, int mode, bool align_corners, bool antialias,
                     const std::vector<double>& factors) {
  return interpolate(x, out, resampling(mode, align_corners, antialias, factors));
}
Array interpolate_dx(const Array& g, const Shape& in, int mode, bool align_corners, bool antialias,
                     const std::vector<double>& factors) {
  return interpolate_backward(g, in, resampling(mode, align_corners, antialias, factors));
}
Array roi_align_of(const Array& x, const Array& rois, int64_t height, int64_t width, double scale,
                   int64_t sampling_ratio, bool aligned) {
  return roi_align(x, rois, {height, width, scale, sampling_ratio, aligned});
}
Array roi_align_dx(const Array& g, const Array& rois, const Shape& shape, int64_t height,
                   int64_t width, double scale, int64_t sampling_ratio, bool aligned) {
  return roi_align_backward(g, rois, shape, {height, width, scale, sampling_ratio, aligned});
}

std::pair<Array, Maybe> recurrent(RecurrentKind kind, const Array& gates, const Array& w_hh,
                                  const Maybe& w_hr, const Maybe& b_hh, const Array& offsets,
                                  bool reverse, const Maybe& h0, const Maybe& c0,
                                  const Maybe& first) {
  return recurrent_forward(kind, gates, {w_hh, w_hr, b_hh}, {offsets, reverse, h0, c0}, first);
}
std::tuple<Array, Array, Maybe, Maybe> recurrent_grads(
    RecurrentKind kind, const Array& gates, const Array& y, const Maybe& cells, const Array& w_hh,
    const Maybe& w_hr, const Array& offsets, bool reverse, const Maybe& h0, const Maybe& c0,
    const Maybe& g_y, const Maybe& g_h, const Maybe& g_c) {
  RecurrentGrads out = recurrent_backward(kind, gates, y, cells, {w_hh, w_hr, {}},
                                          {offsets, reverse, h0, c0}, g_y, g_h, g_c);
  return {out.dx, out.dhidden, out.carry, out.dh};
}

std::pair<Array, Array> ctc(const Array& log_probs, const Array& labels, const Array& offsets,
                            const Array& lengths, const Array& input_lengths, int64_t blank) {
  return ctc_loss(log_probs, {labels, offsets, lengths, input_lengths, blank, false});
}
Array ctc_dx(const Array& g, const Array& log_probs, const Array& labels, const Array& offsets,
             const Array& lengths, const Array& input_lengths, int64_t blank, bool zero_infinity,
             const Array& loss, const Array& alpha) {
  return ctc_loss_backward(
      g, log_probs, {labels, offsets, lengths, input_lengths, blank, zero_infinity}, loss, alpha);
}

}  // namespace

void add_networks(py::module_& m) {
  const py::arg p;
  def<&matmul>(m, "matmul", p, p, p, p);
  def<&attention>(m, "attention", p, p, p, p, p, p);
  def<&attention_backward>(m, "attention_backward", p, p, p, p, p, p, p, p, p, p, p, p);
  def<&conv>(m, "conv_forward", p, p, p, p, p, p, p, p);
  def<&winograd_allowed>(m, "winograd_allowed");
  def<&set_winograd_allowed>(m, "set_winograd_allowed", p);
  def<&conv_dx>(m, "conv_input_grad", p, p, p, p, p, p, p);
  def<&conv_dw>(m, "conv_weight_grad", p, p, p, p, p, p, p);
  def<&max_pool_of>(m, "max_pool", p, p, p, p, p, p);
  def<&adaptive_max_pool>(m, "adaptive_max_pool", p, p);
  def<&avg_pool_of>(m, "avg_pool", p, p, p, p, p, p, p);
  def<&avg_pool_dx>(m, "avg_pool_backward", p, p, p, p, p, p, p, p);
  def<&plane_gather>(m, "plane_gather", p, p);
  def<&plane_scatter>(m, "plane_scatter", p, p, p);
  def<&recurrent>(m, "recurrent_forward", p, p, p, p, p, p, p, p, p, p);
  def<&recurrent_grads>(m, "recurrent_backward", p, p, p, p, p, p, p, p, p, p, p, p, p);
  def<&layer_norm>(m, "layer_norm", p, p, p, p, p);
  def<&layer_norm_backward>(m, "layer_norm_backward", p, p, p, p, p, p);
  def<&rms_norm>(m, "rms_norm", p, p, p, p);
  def<&rms_norm_backward>(m, "rms_norm_backward", p, p, p, p, p);
  def<&group_norm>(m, "group_norm", p, p, p, p, p);
  def<&group_norm_backward>(m, "group_norm_backward", p, p, p, p, p, p);
  def<&interpolate_to>(m, "interpolate", p, p, p, p, p, p);
  def<&interpolate_dx>(m, "interpolate_backward", p, p, p, p, p, p);
  def<&grid_sample>(m, "grid_sample", p, p, p, p, p);
  def<&grid_sample_backward>(m, "grid_sample_backward", p, p, p, p, p, p);
  def<&roi_align_of>(m, "roi_align", p, p, p, p, p, p, p);
  def<&roi_align_dx>(m, "roi_align_backward", p, p, p, p, p, p, p, p);
  def<&batch_norm_stats>(m, "batch_norm_stats", p);
  def<&batch_norm>(m, "batch_norm", p, p, p, p, p);
  def<&batch_norm_backward>(m, "batch_norm_backward", p, p, p, p, p);
  def<&dropout>(m, "dropout", p, p, p, p);
  def<&dropout_backward>(m, "dropout_backward", p, p, p);
  def<&checked_tokens>(m, "checked_tokens", p, p, p);
  def<&embedding_backward>(m, "embedding_backward", p, p, p, p);
  def<&embedding_bag>(m, "embedding_bag", p, p, p, p);
  def<&embedding_bag_max>(m, "embedding_bag_max", p, p, p);
  def<&embedding_bag_backward>(m, "embedding_bag_backward", p, p, p, p, p);
  def<&embedding_bag_scale_grad>(m, "embedding_bag_scale_grad", p, p, p, p);
  def<&ctc>(m, "ctc_loss", p, p, p, p, p, p);
  def<&ctc_dx>(m, "ctc_loss_backward", p, p, p, p, p, p, p, p, p, p);
}

}  // namespace pydl::python
