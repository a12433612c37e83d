// Resampling to other sizes: what each mode takes of which elements, as a sparse map for each
// dimension. The gradient applies the transposed maps.
#include <algorithm>
#include <cmath>

#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

namespace {

// Row by row: for each result the elements it is made of, and how much of each.
struct Map {
  int64_t in = 1;
  std::vector<int64_t> first{0}, index;
  std::vector<double> weight;

  int64_t out() const { return static_cast<int64_t>(first.size()) - 1; }
  // An element at an edge may come several times: so all results have as many.
  void add(int64_t place, double part) {
    index.push_back(place);
    weight.push_back(part);
  }
  void close() { first.push_back(static_cast<int64_t>(index.size())); }
};

Map transposed(const Map& map) {
  Map back;
  back.in = map.out();
  std::vector<int64_t> count(map.in + 1, 0);
  for (int64_t place : map.index) ++count[place + 1];
  for (int64_t i = 0; i < map.in; ++i) count[i + 1] += count[i];
  back.first = count;
  back.index.resize(map.index.size());
  back.weight.resize(map.index.size());
  for (int64_t i = 0; i < map.out(); ++i) {
    for (int64_t k = map.first[i]; k < map.first[i + 1]; ++k) {
      const int64_t at = count[map.index[k]]++;
      back.index[at] = i;
      back.weight[at] = map.weight[k];
    }
  }
  return back;
}

// The cubic convolution kernel (Keys, 1981) at a distance.
template <class T>
T cubic(T x, T a) {
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : T(0);
}

// The average over windows that cover the dimension evenly.
Map area_map(int64_t in, int64_t out) {
  Map map;
  map.in = in;
  for (int64_t i = 0; i < out; ++i) {
    const int64_t start = i * in / out, stop = ((i + 1) * in + out - 1) / out;
    for (int64_t k = start; k < stop; ++k) {
      map.add(k, 1.0 / static_cast<double>(stop - start));
    }
    map.close();
  }
  return map;
}

// Places are computed in T, as PyTorch does: which element is the nearest may hang on a rounding.
// Again as there, sizes that are the same or the double count for more than the factor in images of
// which height and width make at most 128 (small_image).
template <class T>
Map map_of(int64_t in, int64_t out, double factor, bool small_image, const InterpolateSettings& s) {
  using Mode = InterpolateMode;
  Map map;
  map.in = in;
  T scale = factor > 0 ? static_cast<T>(1.0 / factor) : static_cast<T>(in) / static_cast<T>(out);
  if (s.align_corners) scale = out > 1 ? static_cast<T>(in - 1) / static_cast<T>(out - 1) : T(0);
  const bool is_cubic = s.mode == Mode::kCubic;
  const bool whole = s.mode == Mode::kNearest && small_image && (out == in || out == 2 * in);
  auto clipped = [&](int64_t place) { return std::clamp<int64_t>(place, 0, in - 1); };
  for (int64_t i = 0; i < out; ++i) {
    const T at = static_cast<T>(i);
    if (whole) {
      map.add(out == in ? i : i / 2, 1);
    } else if (in == out && (s.mode == Mode::kLinear || s.antialias)) {
      map.add(i, 1);  // whatever the factor
    } else if (s.mode == Mode::kNearest || s.mode == Mode::kNearestExact) {
      const T place = s.mode == Mode::kNearest ? at * scale : (at + T(0.5)) * scale;
      map.add(clipped(static_cast<int64_t>(std::floor(static_cast<float>(place)))), 1);
    } else if (s.antialias) {
      // The filter is stretched over as many elements as make one result.
      const T a = T(-0.5), reach = is_cubic ? T(2) : T(1);
      const T support = scale >= 1 ? reach * scale : reach, inverse = scale >= 1 ? 1 / scale : T(1);
      const T center = scale * (at + T(0.5));
      const int64_t start = std::max<int64_t>(static_cast<int64_t>(center - support + T(0.5)), 0);
      const int64_t stop = std::min<int64_t>(static_cast<int64_t>(center + support + T(0.5)), in);
      T total = 0;
      for (int64_t k = start; k < stop; ++k) {
        const T x = (static_cast<T>(k) - center + T(0.5)) * inverse;
        const T part = is_cubic ? cubic(x, a) : std::max(T(0), 1 - std::abs(x));
        map.add(k, part);
        total += part;
      }
      for (int64_t k = map.first.back(); total != 0 && k < map.first.back() + stop - start; ++k) {
        map.weight[k] /= total;
      }
    } else {
      T place = s.align_corners ? scale * at : scale * (at + T(0.5)) - T(0.5);
      if (!is_cubic) place = std::max(place, T(0));
      const T base = std::floor(place);
      const int64_t low = static_cast<int64_t>(base);
      if (is_cubic) {
        for (int64_t k = -1; k <= 2; ++k) {
          map.add(clipped(low + k), cubic(place - base - static_cast<T>(k), T(-0.75)));
        }
      } else {
        const T part = std::min(std::max(place - static_cast<T>(clipped(low)), T(0)), T(1));
        map.add(clipped(low), 1 - part);
        map.add(clipped(low + 1), part);
      }
    }
    map.close();
  }
  return map;
}

// A map as the kernel reads it; the arrays hold its memory.
struct KernelMap {
  SparseMap map{};
  Map places;
  Array weights;
};

void fill(KernelMap* to, Map&& from, DType dtype) {
  to->places = std::move(from);
  const Map& m = to->places;
  Array wide = Array::empty(Shape{static_cast<int64_t>(m.weight.size())}, DType::kFloat64);
  std::copy(m.weight.begin(), m.weight.end(), wide.data_as<double>());
  to->weights = contiguous(cast(wide, dtype));
  to->map = {m.in, m.out(), m.first.data(), m.index.data(), to->weights.data(), 0, m.in == m.out()};
  int64_t uniform = m.out() ? m.first[1] : 0;
  for (int64_t i = 0; i < m.out(); ++i) {
    const int64_t count = m.first[i + 1] - m.first[i];
    if (count != uniform) uniform = 0;
    if (count != 1 || m.index[m.first[i]] != i || m.weight[m.first[i]] != 1)
      to->map.identity = false;
  }
  to->map.uniform = uniform;
}

// x (batch, channels, space...) through the maps from `in` to `out`, or back.
Array resample(const Array& x, const Shape& in, const Shape& out, const InterpolateSettings& s,
               bool back) {
  const int spaces = in.size();
  const Shape& sizes = back ? in : out;
  Shape shape(x.shape().first(2));
  for (int64_t extent : sizes) shape.push_back(extent);
  Array y = Array::empty(shape, x.dtype(), x.device());
  if (y.size() == 0) return y;
  if (x.size() == 0) return Array::zeros(shape, x.dtype(), x.device());
  const bool small_image = spaces == 2 && out[0] + out[1] <= 128;
  KernelMap maps[3];
  for (int d = 0; d < 3; ++d) {
    const int from = d - (3 - spaces);
    Map map;
    if (from < 0) {
      map.add(0, 1);
      map.close();
    } else if (s.mode == InterpolateMode::kArea) {
      map = area_map(in[from], out[from]);
    } else if (x.dtype() == DType::kFloat64) {
      map = map_of<double>(in[from], out[from], s.factors[from], small_image, s);
    } else {
      map = map_of<float>(in[from], out[from], s.factors[from], small_image, s);
    }
    fill(&maps[d], back ? transposed(map) : std::move(map), x.dtype());
  }
  InterpolateArgs args{shape[0] * shape[1], {maps[0].map, maps[1].map, maps[2].map}, nullptr};
  size_t bytes = 0;
  launch(kernels_for(x).interpolate_scratch, x.dtype(), 0, args, &bytes);
  Array scratch = Array::empty(Shape{static_cast<int64_t>(bytes)}, DType::kUInt8, x.device());
  args.scratch = scratch.data();
  const Array dense = contiguous(x);
  launch(kernels_for(x).interpolate, x.dtype(), 4 * (x.size() + y.size()), args, y.data(),
         dense.data());
  return y;
}

void check_arguments(const Array& x, const Shape& in, const Shape& out,
                     const InterpolateSettings& s) {
  check(is_float(x.dtype()), ErrorKind::kDType, "interpolate: expected a floating dtype, got ",
        x.dtype());
  const int spaces = x.ndim() - 2;
  check(spaces >= 1 && spaces <= 3 && in.size() == spaces && out.size() == spaces &&
            static_cast<int>(s.factors.size()) == spaces,
        ErrorKind::kShape, "interpolate: expected (batch, channels) and one to three sizes, got ",
        x.shape(), " from ", in, " to ", out);
  for (int d = 0; d < spaces; ++d) {
    check(in[d] > 0 && out[d] >= (s.mode == InterpolateMode::kArea ? 0 : 1), ErrorKind::kShape,
          "interpolate: expected sizes of 1 or more, got ", in, " to ", out);
    check(std::isfinite(s.factors[d]), ErrorKind::kValue,
          "interpolate: expected finite factors, got ", s.factors[d]);
  }
}

}  // namespace

Array interpolate(const Array& x, const Shape& out, const InterpolateSettings& settings) {
  Shape in;
  for (int d = 2; d < x.ndim(); ++d) in.push_back(x.shape(d));
  check_arguments(x, in, out, settings);
  if (is_half(x.dtype()))
    return cast(interpolate(cast(x, DType::kFloat32), out, settings), x.dtype());
  return resample(x, in, out, settings, false);
}

Array interpolate_backward(const Array& g, const Shape& in, const InterpolateSettings& settings) {
  Shape out;
  for (int d = 2; d < g.ndim(); ++d) out.push_back(g.shape(d));
  check_arguments(g, in, out, settings);
  if (is_half(g.dtype())) {
    return cast(interpolate_backward(cast(g, DType::kFloat32), in, settings), g.dtype());
  }
  return resample(g, in, out, settings, true);
}

}  // namespace pydl
