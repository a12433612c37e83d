// Convolution and its two gradients, each the derivative of the others. One or two space dimensions
// are three of which the first ones have extent 1.
#include <atomic>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

using Pass = ConvPass;

std::atomic<bool> allow_winograd{true};

void check_settings(const char* op, int spaces, const ConvSettings& s) {
  auto each = [&](const char* what, const Shape& values, int64_t least) {
    check(values.size() == spaces, ErrorKind::kValue, op, ": expected ", spaces, " values of ",
          what, ", got ", values);
    for (int64_t v : values) {
      check(v >= least && v < int64_t{1} << 31, ErrorKind::kValue, op, ": expected ", what, " of ",
            least, " or more and below 2^31, got ", values);
    }
  };
  each("stride", s.stride, 1);
  each("padding", s.padding, 0);
  each("dilation", s.dilation, 1);
}

// x and w have been checked to have `spaces` + 2 dimensions each.
ConvArgs make_args(Extents x, Extents w, const ConvSettings& s) {
  const int spaces = static_cast<int>(x.size()) - 2;
  ConvArgs args{};
  args.batch = x[0];
  args.in_channels = x[1];
  args.out_channels = w[0];
  args.groups = s.groups;
  args.winograd = allow_winograd;
  for (int d = 0; d < 3; ++d) {
    const int from = d - (3 - spaces);
    args.in[d] = from < 0 ? 1 : x[from + 2];
    args.kernel[d] = from < 0 ? 1 : w[from + 2];
    args.stride[d] = from < 0 ? 1 : s.stride[from];
    args.padding[d] = from < 0 ? 0 : s.padding[from];
    args.dilation[d] = from < 0 ? 1 : s.dilation[from];
    args.out[d] = (args.in[d] + 2 * args.padding[d] - args.dilation[d] * (args.kernel[d] - 1) - 1) /
                      args.stride[d] +
                  1;
  }
  return args;
}

// Shapes and dtypes of x and w for `op`; what the output's space is.
ConvArgs checked(const std::string& op, Extents x, Extents w, DType x_dtype, DType w_dtype,
                 const ConvSettings& s) {
  const int spaces = static_cast<int>(x.size()) - 2;
  check_settings(op.c_str(), spaces, s);
  check(w.size() == x.size(), ErrorKind::kShape, op, ": expected a weight of ", x.size(),
        " dimensions, got weight ", w, " for input ", x);
  check(x_dtype == w_dtype, ErrorKind::kDType, op, ": expected one dtype, got input ", x_dtype,
        ", weight ", w_dtype);
  check(is_float(x_dtype), ErrorKind::kDType, op, ": expected a floating dtype, got ", x_dtype);
  check(s.groups >= 1, ErrorKind::kValue, op, ": expected groups of 1 or more, got ", s.groups);
  check(w[0] % s.groups == 0, ErrorKind::kShape, op, ": expected out_channels divisible by ",
        s.groups, " groups, got ", w[0]);
  check(x[1] == w[1] * s.groups, ErrorKind::kShape, op, ": input has ", x[1],
        " channels, weight expects ", w[1] * s.groups, " (input ", x, ", weight ", w,
        s.groups > 1 ? ", groups " + std::to_string(s.groups) : std::string(), ")");
  for (int d = 0; d < spaces; ++d) {
    const int64_t reach = s.dilation[d] * (w[d + 2] - 1) + 1;
    const int64_t room = x[d + 2] + 2 * s.padding[d];
    check(w[d + 2] > 0 && reach <= room, ErrorKind::kShape, op, ": the kernel reaches over ", reach,
          " elements of dimension ", d + 2, ", the padded input has ", room, " (input ", x,
          ", weight ", w, ")");
  }
  return make_args(x, w, s);
}

std::string name_of(int ndim) { return "conv" + std::to_string(ndim - 2) + "d"; }

// Scratch memory for a pass, which has to live as long as the call.
Array add_scratch(ConvArgs* args, const Array& like, Pass pass) {
  size_t bytes = 0;
  launch(kernels_for(like).conv_scratch, like.dtype(), 0, *args, pass, &bytes);
  if (!bytes) return {};
  Array scratch = Array::empty(Shape{static_cast<int64_t>(bytes)}, DType::kUInt8, like.device());
  args->scratch = scratch.data();
  return scratch;
}

int64_t work(const ConvArgs& a) {
  return a.batch * a.out_channels * a.out[0] * a.out[1] * a.out[2] * (a.in_channels / a.groups) *
         a.kernel[0] * a.kernel[1] * a.kernel[2] / 8;
}

// The output's shape.
Shape out_shape(const ConvArgs& args, int spaces) {
  Shape shape{args.batch, args.out_channels};
  for (int d = 3 - spaces; d < 3; ++d) shape.push_back(args.out[d]);
  return shape;
}

void check_gradient(const std::string& op, const Array& g, const Shape& expected) {
  check(same(g.shape(), expected), ErrorKind::kShape, op, ": expected a gradient of ", expected,
        ", got ", g.shape());
}

// Whether the kernel covers the whole input: there is one result, a product of matrices.
bool is_product(const ConvArgs& a) {
  for (int d = 0; d < 3; ++d) {
    if (a.in[d] != a.kernel[d] || a.padding[d] != 0) return false;
    if (a.dilation[d] != 1 && a.kernel[d] != 1) return false;
  }
  return a.groups == 1;
}

// x as rows, one for each extent of its first dimension.
Array rows_of(const Array& x) {
  return reshape(x, Shape{x.shape(0), x.shape(0) ? x.size() / x.shape(0) : 0});
}

}  // namespace

bool winograd_allowed() { return allow_winograd; }
void set_winograd_allowed(bool allowed) { allow_winograd = allowed; }

Array conv_forward(const Array& x, const Array& w, const std::optional<Array>& bias,
                   const ConvSettings& settings, Activation activation) {
  const std::string op = name_of(x.ndim());
  ConvArgs args = checked(op, x.shape(), w.shape(), x.dtype(), w.dtype(), settings);
  if (bias) {
    check(bias->ndim() == 1 && bias->shape(0) == w.shape(0) && bias->dtype() == x.dtype(),
          ErrorKind::kShape, op, ": expected a bias of shape ", Shape{w.shape(0)}, " ", x.dtype(),
          ", got ", bias->shape(), " ", bias->dtype());
  }
  if (is_half(x.dtype())) {
    std::optional<Array> wide;
    if (bias) wide = cast(*bias, DType::kFloat32);
    return cast(conv_forward(cast(x, DType::kFloat32), cast(w, DType::kFloat32), wide, settings,
                             activation),
                x.dtype());
  }
  if (is_product(args) && x.size() && w.size()) {
    Array y = matmul(rows_of(x), transpose(rows_of(w), 0, 1), bias, activation);
    return reshape(y, out_shape(args, x.ndim() - 2));
  }
  args.activation = activation;
  const Array from = contiguous(x), weight = contiguous(w);
  const Array added = bias ? contiguous(*bias) : Array();
  Array y = Array::empty(out_shape(args, x.ndim() - 2), x.dtype(), x.device());
  const Array scratch = add_scratch(&args, x, Pass::kForward);
  launch(kernels_for(x).conv_forward, x.dtype(), work(args), args, y.data(), from.data(),
         weight.data(), bias ? added.data() : nullptr);
  return y;
}

Array conv_input_grad(const Array& g, const Array& w, const Shape& in,
                      const ConvSettings& settings) {
  Shape shape{g.shape(0), w.shape(1) * settings.groups};
  for (int64_t extent : in) shape.push_back(extent);
  const std::string op = name_of(shape.size()) + "_input_grad";
  ConvArgs args = checked(op, shape, w.shape(), g.dtype(), w.dtype(), settings);
  check_gradient(op, g, out_shape(args, in.size()));
  if (is_half(g.dtype())) {
    return cast(conv_input_grad(cast(g, DType::kFloat32), cast(w, DType::kFloat32), in, settings),
                g.dtype());
  }
  if (is_product(args) && g.size() && w.size()) {
    return reshape(matmul(rows_of(g), rows_of(w)), shape);
  }
  const Array from = contiguous(g), weight = contiguous(w);
  Array dx = Array::empty(shape, g.dtype(), g.device());
  const Array scratch = add_scratch(&args, g, Pass::kInputGrad);
  launch(kernels_for(g).conv_input_grad, g.dtype(), work(args), args, dx.data(), from.data(),
         weight.data());
  return dx;
}

Array conv_weight_grad(const Array& g, const Array& x, const Shape& kernel,
                       const ConvSettings& settings) {
  Shape shape{g.shape(1), settings.groups ? x.shape(1) / settings.groups : 0};
  for (int64_t extent : kernel) shape.push_back(extent);
  const std::string op = name_of(x.ndim()) + "_weight_grad";
  ConvArgs args = checked(op, x.shape(), shape, x.dtype(), g.dtype(), settings);
  check_gradient(op, g, out_shape(args, kernel.size()));
  if (is_half(g.dtype())) {
    return cast(
        conv_weight_grad(cast(g, DType::kFloat32), cast(x, DType::kFloat32), kernel, settings),
        g.dtype());
  }
  if (is_product(args) && g.size() && x.size()) {
    return reshape(matmul(transpose(rows_of(g), 0, 1), rows_of(x)), shape);
  }
  const Array from = contiguous(g), input = contiguous(x);
  Array dw = Array::empty(shape, g.dtype(), g.device());
  const Array scratch = add_scratch(&args, g, Pass::kWeightGrad);
  launch(kernels_for(g).conv_weight_grad, g.dtype(), work(args), args, dw.data(), from.data(),
         input.data());
  return dw;
}

}  // namespace pydl
