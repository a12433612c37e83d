// Averages of an image over the bins of boxes, sampled bilinearly (He et al., "Mask R-CNN", 2017),
// and the gradient by the image.
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int kGroup = 16;  // channels whose gradient one task adds up

// Samples along one dimension of a bin: at start + (i + 0.5) * step for begin <= i < end; the
// others lie outside the image, where it is 0.
struct Samples {
  double start, step, count;
  int64_t begin, end;
};

Samples samples_of(double start, double length, int64_t bin, int64_t bins, int64_t ratio,
                   int64_t size) {
  double bin_length = length / static_cast<double>(bins);
  double count = ratio > 0 ? static_cast<double>(ratio) : __builtin_ceil(bin_length);
  Samples s{start + static_cast<double>(bin) * bin_length, bin_length / count, count, 0, 0};
  if (!(count >= 1)) return s.count = 0, s;
  // Only what is in the image: however large the box, the loop is short.
  double first = 0, last = count;
  if (s.step > 0) {
    double low = __builtin_floor((-1 - s.start) / s.step - 0.5) - 1;
    double high = __builtin_ceil((static_cast<double>(size) - s.start) / s.step - 0.5) + 2;
    first = low > first ? low : first;
    last = high < last ? high : last;
  }
  // Past 2^52 samples a coordinate no longer tells one from the next.
  if (first < last && last < 4503599627370496.0)
    s.begin = static_cast<int64_t>(first), s.end = static_cast<int64_t>(last);
  return s;
}

// Two neighbours and their weights; count 0 where the sample lies outside.
template <class T>
struct Pair {
  int64_t low, high;
  T low_weight, high_weight;
  bool inside;
};

template <class T>
Pair<T> pair_of(const Samples& s, int64_t i, int64_t size) {
  double at = s.start + (static_cast<double>(i) + 0.5) * s.step;
  // NaN, from a box too large for its sides, is outside too.
  if (!(at >= -1 && at <= static_cast<double>(size))) return {0, 0, 0, 0, false};
  if (at < 0) at = 0;
  int64_t low = static_cast<int64_t>(at), high = low + 1;
  if (low >= size - 1) low = high = size - 1, at = static_cast<double>(low);
  T part = static_cast<T>(at - static_cast<double>(low));
  return {low, high, 1 - part, part, true};
}

struct Box {
  int64_t image;
  double x, y, width, height;
};

template <class T>
Box box_of(const RoiAlignArgs& a, const T* roi) {
  double shift = a.aligned ? 0.5 : 0, scale = a.spatial_scale;
  Box b{static_cast<int64_t>(roi[0]), static_cast<double>(roi[1]) * scale - shift,
        static_cast<double>(roi[2]) * scale - shift, 0, 0};
  b.width = static_cast<double>(roi[3]) * scale - shift - b.x;
  b.height = static_cast<double>(roi[4]) * scale - shift - b.y;
  if (!a.aligned) {  // the older form: at least one pixel
    b.width = b.width > 1 ? b.width : 1;
    b.height = b.height > 1 ? b.height : 1;
  }
  return b;
}

// f(corner's place, weight) for each corner of each sample of a bin, weights already divided.
template <class T, class F>
void for_corners(const RoiAlignArgs& a, const Box& box, int64_t ph, int64_t pw, F f) {
  Samples ys = samples_of(box.y, box.height, ph, a.out_height, a.sampling_ratio, a.height);
  Samples xs = samples_of(box.x, box.width, pw, a.out_width, a.sampling_ratio, a.width);
  double count = ys.count * xs.count;
  T share = static_cast<T>(1 / (count > 1 ? count : 1));
  for (int64_t i = ys.begin; i < ys.end; ++i) {
    Pair<T> v = pair_of<T>(ys, i, a.height);
    if (!v.inside) continue;
    for (int64_t j = xs.begin; j < xs.end; ++j) {
      Pair<T> h = pair_of<T>(xs, j, a.width);
      if (!h.inside) continue;
      f(v.low * a.width + h.low, v.low_weight * h.low_weight * share);
      f(v.low * a.width + h.high, v.low_weight * h.high_weight * share);
      f(v.high * a.width + h.low, v.high_weight * h.low_weight * share);
      f(v.high * a.width + h.high, v.high_weight * h.high_weight * share);
    }
  }
}

}  // namespace

template <class T>
void roi_align(const RoiAlignArgs& a, void* y, const void* x, const void* rois) {
  int64_t bins = a.out_height * a.out_width, plane = a.height * a.width;
  parallel(a.rois * bins, row_grain(32 * a.channels), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t roi = i / bins, bin = i % bins;
      Box box = box_of(a, static_cast<const T*>(rois) + 5 * roi);
      const T* from = static_cast<const T*>(x) + box.image * a.channels * plane;
      T* to = static_cast<T*>(y) + roi * a.channels * bins + bin;
      for (int64_t c = 0; c < a.channels; ++c) to[c * bins] = 0;
      for_corners<T>(a, box, bin / a.out_width, bin % a.out_width, [&](int64_t place, T weight) {
        for (int64_t c = 0; c < a.channels; ++c) to[c * bins] += weight * from[c * plane + place];
      });
    }
  });
}

// A task owns some channels of all images and goes through the boxes in order.
template <class T>
void roi_align_backward(const RoiAlignArgs& a, void* dx, const void* g, const void* rois) {
  int64_t bins = a.out_height * a.out_width, plane = a.height * a.width;
  int64_t groups = (a.channels + kGroup - 1) / kGroup;
  parallel(groups, 1, [&](int64_t begin, int64_t end) {
    int64_t low = begin * kGroup, high = end * kGroup < a.channels ? end * kGroup : a.channels;
    for (int64_t n = 0; n < a.batch; ++n) {
      T* to = static_cast<T*>(dx) + (n * a.channels + low) * plane;
      for (int64_t i = 0; i < (high - low) * plane; ++i) to[i] = 0;
    }
    for (int64_t i = 0; i < a.rois * bins; ++i) {
      int64_t roi = i / bins, bin = i % bins;
      Box box = box_of(a, static_cast<const T*>(rois) + 5 * roi);
      const T* from = static_cast<const T*>(g) + roi * a.channels * bins + bin;
      T* to = static_cast<T*>(dx) + box.image * a.channels * plane;
      for_corners<T>(a, box, bin / a.out_width, bin % a.out_width, [&](int64_t place, T weight) {
        for (int64_t c = low; c < high; ++c) to[c * plane + place] += weight * from[c * bins];
      });
    }
  });
}

PYDL_FOR_FLOATS(roi_align)
PYDL_FOR_FLOATS(roi_align_backward)

}  // namespace pydl::PYDL_ISA
