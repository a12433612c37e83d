#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// How many windows fit. Rounded up, the last one still has to begin inside the input or its left
// padding.
int64_t windows(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation,
                bool ceil) {
  const int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
  if (room < 0 && (!ceil || room <= -stride)) return 0;
  int64_t count = (room + (ceil ? stride - 1 : 0)) / stride + 1;
  if (ceil && (count - 1) * stride >= in + padding) --count;
  return count;
}

PoolArgs make_args(const std::string& op, Extents x, DType dtype, const PoolSettings& s) {
  const int spaces = s.kernel.size();
  check(is_float(dtype), ErrorKind::kDType, op, ": expected a floating dtype, got ", dtype);
  PoolArgs args{};
  args.planes = x[0] * x[1];
  for (int d = 0; d < 3; ++d) {
    const int from = d - (3 - spaces);
    args.in[d] = args.out[d] = args.kernel[d] = args.stride[d] = args.dilation[d] = 1;
    if (from < 0) continue;
    const int64_t kernel = s.kernel[from], stride = s.stride[from], padding = s.padding[from];
    const int64_t dilation = s.dilation[from];
    check(kernel >= 1 && stride >= 1 && dilation >= 1 && padding >= 0 &&
              kernel < int64_t{1} << 31 && stride < int64_t{1} << 31 && dilation < int64_t{1} << 31,
          ErrorKind::kValue, op,
          ": expected kernel_size, stride and dilation of 1 or more and below 2^31, got ", s.kernel,
          ", ", s.stride, " and ", s.dilation);
    check(2 * padding <= kernel, ErrorKind::kValue, op,
          ": expected a padding of at most half the kernel_size, got ", s.padding, " for ",
          s.kernel);
    args.in[d] = x[from + 2];
    args.kernel[d] = kernel;
    args.stride[d] = stride;
    args.padding[d] = padding;
    args.dilation[d] = dilation;
    args.out[d] = windows(args.in[d], kernel, stride, padding, dilation, s.ceil_mode);
    check(args.out[d] > 0, ErrorKind::kShape, op, ": expected an input larger than the window of ",
          dilation * (kernel - 1) + 1, " in dimension ", from + 2, ", got shape ", x);
  }
  return args;
}

Shape out_shape(Extents x, const PoolArgs& args) {
  Shape shape(x.first(2));
  for (size_t d = 5 - x.size(); d < 3; ++d) shape.push_back(args.out[d]);
  return shape;
}

int64_t work(const PoolArgs& a) {
  return a.planes * a.out[0] * a.out[1] * a.out[2] * a.kernel[0] * a.kernel[1] * a.kernel[2];
}

std::string name_of(const char* kind, const PoolSettings& s) {
  return std::string(kind) + std::to_string(s.kernel.size()) + "d";
}

}  // namespace

std::pair<Array, Array> max_pool(const Array& x, const PoolSettings& settings) {
  const PoolArgs args = make_args(name_of("max_pool", settings), x.shape(), x.dtype(), settings);
  if (is_half(x.dtype())) {
    auto [y, index] = max_pool(cast(x, DType::kFloat32), settings);
    return {cast(y, x.dtype()), index};
  }
  const Array dense = contiguous(x);
  const Shape shape = out_shape(x.shape(), args);
  Array y = Array::empty(shape, x.dtype(), x.device());
  Array index = Array::empty(shape, DType::kInt64, x.device());
  launch(kernels_for(x).max_pool, x.dtype(), work(args), args, y.data(), index.data_as<int64_t>(),
         dense.data());
  return {y, index};
}

std::pair<Array, Array> adaptive_max_pool(const Array& x, const Shape& out) {
  const std::string op = "adaptive_max_pool" + std::to_string(out.size()) + "d";
  check(is_float(x.dtype()), ErrorKind::kDType, op, ": expected a floating dtype, got ", x.dtype());
  check(x.ndim() == out.size() + 2 && out.size() <= 3, ErrorKind::kShape, op,
        ": expected as many sizes as space dimensions, got ", out, " for shape ", x.shape());
  if (is_half(x.dtype())) {
    auto [y, index] = adaptive_max_pool(cast(x, DType::kFloat32), out);
    return {cast(y, x.dtype()), index};
  }
  PoolArgs args{};
  args.planes = x.shape(0) * x.shape(1);
  Shape shape(x.shape().first(2));
  for (int d = 0; d < 3; ++d) {
    const int from = d - (3 - out.size());
    args.in[d] = from < 0 ? 1 : x.shape(from + 2);
    args.out[d] = from < 0 ? 1 : out[from];
    if (from >= 0) shape.push_back(out[from]);
    check(args.in[d] > 0 && args.out[d] >= 0, ErrorKind::kShape, op,
          ": expected a space that is not empty and sizes of 0 or more, got shape ", x.shape(),
          " and ", out);
  }
  const Array dense = contiguous(x);
  Array y = Array::empty(shape, x.dtype(), x.device());
  Array index = Array::empty(shape, DType::kInt64, x.device());
  if (y.size() == 0) return {y, index};
  launch(kernels_for(x).adaptive_max_pool, x.dtype(), x.size() + 4 * y.size(), args, y.data(),
         index.data_as<int64_t>(), dense.data());
  return {y, index};
}

Array avg_pool(const Array& x, const PoolSettings& settings, bool count_include_pad,
               int64_t divisor) {
  PoolArgs args = make_args(name_of("avg_pool", settings), x.shape(), x.dtype(), settings);
  args.count_include_pad = count_include_pad;
  args.divisor = divisor;
  if (is_half(x.dtype())) {
    return cast(avg_pool(cast(x, DType::kFloat32), settings, count_include_pad, divisor),
                x.dtype());
  }
  const Array dense = contiguous(x);
  Array y = Array::empty(out_shape(x.shape(), args), x.dtype(), x.device());
  launch(kernels_for(x).avg_pool, x.dtype(), work(args), args, y.data(), dense.data());
  return y;
}

Array avg_pool_backward(const Array& g, const Shape& in, const PoolSettings& settings,
                        bool count_include_pad, int64_t divisor) {
  Shape shape(g.shape().first(2));
  for (int64_t extent : in) shape.push_back(extent);
  PoolArgs args = make_args(name_of("avg_pool", settings), shape, g.dtype(), settings);
  args.count_include_pad = count_include_pad;
  args.divisor = divisor;
  if (is_half(g.dtype())) {
    return cast(
        avg_pool_backward(cast(g, DType::kFloat32), in, settings, count_include_pad, divisor),
        g.dtype());
  }
  const Array dense = contiguous(g);
  Array dx = Array::empty(shape, g.dtype(), g.device());
  launch(kernels_for(g).avg_pool_backward, g.dtype(), work(args), args, dx.data(), dense.data());
  return dx;
}

namespace {

int64_t plane_size(Extents shape) {
  int64_t size = 1;
  for (size_t d = 2; d < shape.size(); ++d) size *= shape[d];
  return size;
}

}  // namespace

Array plane_gather(const Array& x, const Array& index) {
  if (is_half(x.dtype())) return cast(plane_gather(cast(x, DType::kFloat32), index), x.dtype());
  const Array dense = contiguous(x), at = contiguous(index);
  Array y = Array::empty(index.shape(), x.dtype(), x.device());
  launch(kernels_for(x).plane_gather, x.dtype(), y.size(), y.data(), dense.data(),
         at.data_as<int64_t>(), x.shape(0) * x.shape(1), plane_size(x.shape()),
         plane_size(index.shape()));
  return y;
}

Array plane_scatter(const Array& x, const Array& index, const Shape& space) {
  if (is_half(x.dtype()))
    return cast(plane_scatter(cast(x, DType::kFloat32), index, space), x.dtype());
  const Array dense = contiguous(x), at = contiguous(index);
  Shape shape(x.shape().first(2));
  for (int64_t extent : space) shape.push_back(extent);
  Array y = Array::empty(shape, x.dtype(), x.device());
  launch(kernels_for(x).plane_scatter, x.dtype(), y.size(), y.data(), dense.data(),
         at.data_as<int64_t>(), x.shape(0) * x.shape(1), plane_size(x.shape()), plane_size(shape));
  return y;
}

}  // namespace pydl
