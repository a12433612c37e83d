#include <pybind11/stl.h>

#include "bindings/array_type.h"
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

}  // namespace

void add_networks(py::module_& m) {
  const py::arg p;
  m.def("matmul", &matmul, p, p, p, p);
  m.def("conv_forward", &conv, p, p, p, p, p, p, p, p);
  m.def("conv_input_grad", &conv_dx, p, p, p, p, p, p, p);
  m.def("conv_weight_grad", &conv_dw, p, p, p, p, p, p, p);
  m.def("max_pool", &max_pool_of, p, p, p, p, p, p);
  m.def("avg_pool", &avg_pool_of, p, p, p, p, p, p, p);
  m.def("avg_pool_backward", &avg_pool_dx, p, p, p, p, p, p, p, p);
  m.def("plane_gather", &plane_gather, p, p);
  m.def("plane_scatter", &plane_scatter, p, p, p);
  m.def("layer_norm", &layer_norm, p, p, p, p, p);
  m.def("layer_norm_backward", &layer_norm_backward, p, p, p, p, p, p);
  m.def("batch_norm_stats", &batch_norm_stats, p);
  m.def("batch_norm", &batch_norm, p, p, p, p, p);
  m.def("batch_norm_backward", &batch_norm_backward, p, p, p, p, p);
  m.def("dropout", &dropout, p, p, p, p);
  m.def("dropout_backward", &dropout_backward, p, p, p);
  m.def("checked_tokens", &checked_tokens, p, p);
  m.def("embedding_backward", &embedding_backward, p, p, p, p);
}

}  // namespace pydl::python
