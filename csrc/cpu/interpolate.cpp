// Resampling of planes of up to three space dimensions: a sparse map along each, applied to whole
// rows for depth and height and within the row for the width. The gradient is the same kernel with
// the transposed maps.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

struct Taps {
  int64_t first, count;
};

Taps taps_of(const SparseMap& map, int64_t i) {
  return {map.first[i], map.first[i + 1] - map.first[i]};
}

int64_t entries(const SparseMap& map) { return map.first[map.out]; }

// Rows of results that share a row of scratch: at most 64 of those.
int64_t rows_per_piece(const InterpolateArgs& a) {
  const SparseMap &d = a.maps[0], &h = a.maps[1], &w = a.maps[2];
  int64_t rows = a.planes * d.out * h.out, least = (rows + 63) / 64;
  int64_t under = (entries(d) / (d.out + 1) + 1) * (entries(h) / (h.out + 1) + 1);
  int64_t grain = row_grain(under * w.in / 4 + entries(w) + 16);
  return grain > least ? grain : least;
}

// y[i] = the sum of weight * x[index] over kCount taps each.
template <int kCount, class T>
void uniform_taps(T* y, const T* x, const SparseMap& map) {
  const T* weight = static_cast<const T*>(map.weight);
  for (int64_t i = 0; i < map.out; ++i) {
    T sum = 0;
    for (int k = 0; k < kCount; ++k) sum += weight[i * kCount + k] * x[map.index[i * kCount + k]];
    y[i] = sum;
  }
}

template <class T>
void along_row(T* y, const T* x, const SparseMap& map) {
  const T* weight = static_cast<const T*>(map.weight);
  switch (map.uniform) {
    case 1:
      return uniform_taps<1>(y, x, map);
    case 2:
      return uniform_taps<2>(y, x, map);
    case 4:
      return uniform_taps<4>(y, x, map);
  }
  for (int64_t i = 0; i < map.out; ++i) {
    T sum = 0;
    for (int64_t k = map.first[i]; k < map.first[i + 1]; ++k) sum += weight[k] * x[map.index[k]];
    y[i] = sum;
  }
}

// Whether row i of a map is row i - 1 again, and that one is a single tap.
template <class T>
bool repeats(const SparseMap& map, int64_t i) {
  const T* weight = static_cast<const T*>(map.weight);
  if (i == 0 || taps_of(map, i).count != 1 || taps_of(map, i - 1).count != 1) return false;
  int64_t k = map.first[i];
  return map.index[k] == map.index[k - 1] && weight[k] == weight[k - 1];
}

}  // namespace

template <class T>
void interpolate(const InterpolateArgs& args, void* y, const void* x) {
  const SparseMap &d = args.maps[0], &h = args.maps[1], &w = args.maps[2];
  const T* depth_weight = static_cast<const T*>(d.weight);
  const T* height_weight = static_cast<const T*>(h.weight);
  int64_t plane = d.in * h.in * w.in, grain = rows_per_piece(args);
  parallel(args.planes * d.out * h.out, grain, [&](int64_t begin, int64_t end) {
    T* sums = static_cast<T*>(args.scratch) + begin / grain * w.in;
    for (int64_t row = begin; row < end; ++row) {
      int64_t oh = row % h.out, od = row / h.out % d.out;
      const T* from = static_cast<const T*>(x) + row / h.out / d.out * plane;
      T* to = static_cast<T*>(y) + row * w.out;
      if (row > begin && repeats<T>(h, oh)) {
        for_vectors<T>(
            w.out, [&](int64_t i, auto part) { part.store(to + i, part.load(to - w.out + i)); });
        continue;
      }
      Taps depth = taps_of(d, od), height = taps_of(h, oh);
      const T* whole = sums;
      if (depth.count == 1 && height.count == 1 && depth_weight[depth.first] == 1 &&
          height_weight[height.first] == 1) {
        whole = from + (d.index[depth.first] * h.in + h.index[height.first]) * w.in;
      } else {
        T* mixed = w.identity ? to : sums;
        whole = mixed;
        for_vectors<T>(w.in, [&](int64_t i, auto part) {
          Vec<T> sum{};
          for (int64_t j = depth.first; j < depth.first + depth.count; ++j) {
            for (int64_t k = height.first; k < height.first + height.count; ++k) {
              const T* source = from + (d.index[j] * h.in + h.index[k]) * w.in;
              sum += part.load(source + i) * (depth_weight[j] * height_weight[k]);
            }
          }
          part.store(mixed + i, sum);
        });
        if (w.identity) continue;
      }
      along_row(to, whole, w);
    }
  });
}

template <class T>
void interpolate_scratch(const InterpolateArgs& args, size_t* bytes) {
  int64_t grain = rows_per_piece(args), rows = args.planes * args.maps[0].out * args.maps[1].out;
  *bytes = static_cast<size_t>((rows + grain - 1) / grain * args.maps[2].in) * sizeof(T);
}

PYDL_FOR_FLOATS(interpolate)
PYDL_FOR_FLOATS(interpolate_scratch)

}  // namespace pydl::PYDL_ISA
