#include <cmath>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// Checks x's shape and every box; rois (count, 5) of x's dtype, contiguous.
RoiAlignArgs make_args(Extents x, DType dtype, const Array& rois, const RoiAlignSettings& s) {
  check(is_float(dtype), ErrorKind::kDType, "roi_align: expected a floating dtype, got ", dtype);
  check(x.size() == 4, ErrorKind::kShape,
        "roi_align: expected an input (batch, channels, height, width), got ", x);
  check(rois.ndim() == 2 && rois.shape(1) == 5, ErrorKind::kShape,
        "roi_align: expected boxes of shape (count, 5): image, x1, y1, x2, y2; got ", rois.shape());
  check(rois.dtype() == dtype, ErrorKind::kDType, "roi_align: expected boxes of the input's dtype ",
        dtype, ", got ", rois.dtype());
  check(s.height >= 1 && s.width >= 1, ErrorKind::kValue,
        "roi_align: expected an output_size of 1 or more, got ", s.height, " and ", s.width);
  check(std::isfinite(s.spatial_scale), ErrorKind::kValue,
        "roi_align: expected a finite spatial_scale, got ", s.spatial_scale);
  check(s.sampling_ratio <= 1024, ErrorKind::kValue,
        "roi_align: expected a sampling_ratio of at most 1024, got ", s.sampling_ratio);
  return {x[0],
          x[1],
          x[2],
          x[3],
          rois.shape(0),
          s.height,
          s.width,
          s.spatial_scale,
          s.sampling_ratio,
          s.aligned};
}

void check_boxes(const Array& rois, int64_t batch) {
  const Array wide = contiguous(cast(rois, DType::kFloat64));
  const double* v = wide.data_as<double>();
  for (int64_t i = 0; i < rois.shape(0); ++i, v += 5) {
    check(v[0] >= 0 && v[0] < static_cast<double>(batch), ErrorKind::kIndex,
          "roi_align: expected images from 0 to ", batch - 1, ", got ", v[0], " for box ", i);
    for (int k = 1; k < 5; ++k) {
      check(std::isfinite(v[k]), ErrorKind::kValue, "roi_align: expected finite boxes, got ", v[k],
            " in box ", i);
    }
  }
}

int64_t work(const RoiAlignArgs& a) {
  return 16 * a.rois * a.channels * a.out_height * a.out_width;
}

}  // namespace

Array roi_align(const Array& x, const Array& rois, const RoiAlignSettings& settings) {
  const RoiAlignArgs args = make_args(x.shape(), x.dtype(), rois, settings);
  if (is_half(x.dtype())) {
    return cast(roi_align(cast(x, DType::kFloat32), cast(rois, DType::kFloat32), settings),
                x.dtype());
  }
  check_boxes(rois, args.batch);
  const Array from = contiguous(x), boxes = contiguous(rois);
  Array y = Array::empty(Shape{args.rois, args.channels, args.out_height, args.out_width},
                         x.dtype(), x.device());
  if (y.size() == 0) return y;
  if (from.size() == 0) return Array::zeros(y.shape(), x.dtype(), x.device());
  launch(kernels_for(x).roi_align, x.dtype(), work(args), args, y.data(), from.data(),
         boxes.data());
  return y;
}

Array roi_align_backward(const Array& g, const Array& rois, const Shape& shape,
                         const RoiAlignSettings& settings) {
  const RoiAlignArgs args = make_args(shape, g.dtype(), rois, settings);
  const Shape expected{args.rois, args.channels, args.out_height, args.out_width};
  check(same(g.shape(), expected), ErrorKind::kShape, "roi_align_backward: expected a gradient of ",
        expected, ", got ", g.shape());
  if (is_half(g.dtype())) {
    return cast(
        roi_align_backward(cast(g, DType::kFloat32), cast(rois, DType::kFloat32), shape, settings),
        g.dtype());
  }
  check_boxes(rois, args.batch);
  const Array from = contiguous(g), boxes = contiguous(rois);
  Array dx = Array::zeros(shape, g.dtype(), g.device());
  if (dx.size() && g.size()) {
    launch(kernels_for(g).roi_align_backward, g.dtype(), work(args), args, dx.data(), from.data(),
           boxes.data());
  }
  return dx;
}

}  // namespace pydl
