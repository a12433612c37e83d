#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// x (batch, channels, space...), grid (batch, points..., spaces).
GridSampleArgs make_args(const Array& x, const Array& grid, SampleMode mode, SamplePadding padding,
                         bool align_corners) {
  check(is_float(x.dtype()) && x.dtype() == grid.dtype(), ErrorKind::kDType,
        "grid_sample: expected input and grid of one floating dtype, got ", x.dtype(), " and ",
        grid.dtype());
  const int spaces = x.ndim() - 2;
  check((spaces == 2 || spaces == 3) && grid.ndim() == x.ndim() && grid.shape(0) == x.shape(0) &&
            grid.shape(x.ndim() - 1) == spaces,
        ErrorKind::kShape,
        "grid_sample: expected an input (batch, channels, height, width) and a "
        "grid (batch, height, width, 2), or both with a depth and a grid of 3; got ",
        x.shape(), " and ", grid.shape());
  check(mode != SampleMode::kBicubic || spaces == 2, ErrorKind::kShape,
        "grid_sample: bicubic sampling is for inputs of 4 dimensions, got ", x.shape());
  GridSampleArgs args{x.shape(0), x.shape(1), 1, spaces, {1, 1, 1}, mode, padding, align_corners};
  for (int d = 0; d < spaces; ++d) {
    args.in[3 - spaces + d] = x.shape(2 + d);
    args.points *= grid.shape(1 + d);
    check(x.shape(2 + d) > 0, ErrorKind::kShape,
          "grid_sample: expected an input with elements to sample, got ", x.shape());
  }
  // The kernel's indices are as wide as its elements.
  check(args.in[0] * args.in[1] * args.in[2] < int64_t{1} << 31, ErrorKind::kShape,
        "grid_sample: expected images of fewer than 2^31 elements, got ", x.shape());
  return args;
}

Shape out_shape(const Array& x, const Array& grid) {
  Shape shape(x.shape().first(2));
  for (int d = 1; d < grid.ndim() - 1; ++d) shape.push_back(grid.shape(d));
  return shape;
}

}  // namespace

Array grid_sample(const Array& x, const Array& grid, SampleMode mode, SamplePadding padding,
                  bool align_corners) {
  const GridSampleArgs args = make_args(x, grid, mode, padding, align_corners);
  if (is_half(x.dtype())) {
    return cast(grid_sample(cast(x, DType::kFloat32), cast(grid, DType::kFloat32), mode, padding,
                            align_corners),
                x.dtype());
  }
  const Array from = contiguous(x), places = contiguous(grid);
  Array y = Array::empty(out_shape(x, grid), x.dtype(), x.device());
  launch(kernels_for(x).grid_sample, x.dtype(), 8 * y.size(), args, y.data(), from.data(),
         places.data());
  return y;
}

std::pair<Array, Array> grid_sample_backward(const Array& g, const Array& x, const Array& grid,
                                             SampleMode mode, SamplePadding padding,
                                             bool align_corners) {
  const GridSampleArgs args = make_args(x, grid, mode, padding, align_corners);
  const Shape expected = out_shape(x, grid);
  check(same(g.shape(), expected) && g.dtype() == x.dtype(), ErrorKind::kShape,
        "grid_sample_backward: expected a gradient of ", expected, " ", x.dtype(), ", got ",
        g.shape(), " ", g.dtype());
  if (is_half(x.dtype())) {
    auto [dx, dgrid] =
        grid_sample_backward(cast(g, DType::kFloat32), cast(x, DType::kFloat32),
                             cast(grid, DType::kFloat32), mode, padding, align_corners);
    return {cast(dx, x.dtype()), cast(dgrid, x.dtype())};
  }
  const Array gradient = contiguous(g), from = contiguous(x), places = contiguous(grid);
  Array dx = Array::empty(x.shape(), x.dtype(), x.device());
  Array dgrid = Array::empty(grid.shape(), x.dtype(), x.device());
  launch(kernels_for(x).grid_sample_backward, x.dtype(), 16 * g.size(), args, dx.data(),
         dgrid.data(), gradient.data(), from.data(), places.data());
  return {dx, dgrid};
}

}  // namespace pydl
