// The register tiles of convolution. conv_tile is gemm_tile with its rows of B found through a
// table of distances; dot_tile, for the weights, sums along the outputs and has its lanes there.
#pragma once

#include "cpu/conv_layout.h"
#include "cpu/gemm_tile.h"

namespace pydl::PYDL_ISA {

// As Tile, for numbers of channels, most of which are multiples of 8. One row (depthwise) takes
// more vectors, to have enough sums under way.
template <class T>
struct ConvTile {
#if defined(__AVX512F__) || defined(__aarch64__)
  static constexpr int kRows = 8, kVectors = 3;
#elif defined(__AVX2__)
  static constexpr int kRows = 6, kVectors = 2;
#else
  static constexpr int kRows = 4, kVectors = 2;
#endif
  static constexpr int kVectorsOfOne = 8;
  static constexpr int kCols = kVectors * kLanes<T>;
  static constexpr int kSize =
      kRows * kCols > kVectorsOfOne* kLanes<T> ? kRows * kCols : kVectorsOfOne * kLanes<T>;
};

// Where one tap of one channel finds its weight and its element.
struct Step {
  int64_t a, b;
};

// A vector of columns: it is read at `from` in b, and its first `count` lanes are stored to `to`.
struct Place {
  int64_t from, to;
  int count;
};

// See conv_tile.
template <class T, int R, int V>
[[gnu::noinline]] void conv_tile_fixed(const Place* places, int tail, int64_t k, const Step* steps,
                                       const T* a, int64_t a_row, const T* b, T* c, int64_t c_row,
                                       const TileEnd<T>& end) {
  constexpr int lanes = kLanes<T>;
  const T* from[V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) from[v] = b + places[v].from;
  Vec<T> sum[R][V] = {};
#pragma GCC unroll 2
  for (int64_t p = 0; p < k; ++p) {
    const T* weight = a + steps[p].a;
    const int64_t at = steps[p].b;
    Vec<T> y[V];
#pragma GCC unroll 8
    for (int v = 0; v + 1 < V; ++v) y[v] = load(from[v] + at);
    y[V - 1] = tail == lanes ? load(from[V - 1] + at) : load_n(from[V - 1] + at, tail);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      Vec<T> x = splat(weight[i * a_row]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[i][v] += x * y[v];
    }
  }
  const bool relu = end.activation == Activation::kRelu;
  const Vec<T> zero = {};
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) {
    const int count = places[v].count;
    T* to = c + places[v].to;
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      Vec<T> x = sum[i][v];
      if (end.row_bias) x += splat(end.row_bias[i]);
      if (relu) x = select<T>(x < zero, zero, x);
      if (count == lanes)
        store(to + i * c_row, x);
      else
        store_n(to + i * c_row, x, count);
    }
    if (end.activation > Activation::kRelu) activate_tile(end.activation, R, count, to, c_row);
  }
}

template <class T>
using ConvTileFunction = void (*)(const Place*, int, int64_t, const Step*, const T*, int64_t,
                                  const T*, T*, int64_t, const TileEnd<T>&);

template <class T, int R = ConvTile<T>::kRows, int V = ConvTile<T>::kVectors>
inline ConvTileFunction<T> conv_tile_function(int rows, int vectors) {
  if constexpr (R > 1) {
    if (rows < R) {
      constexpr int most = R == 2 ? ConvTile<T>::kVectorsOfOne : V;
      return conv_tile_function<T, R - 1, most>(rows, vectors);
    }
  }
  if constexpr (V > 1) {
    if (vectors < V) return conv_tile_function<T, R, V - 1>(rows, vectors);
  }
  return conv_tile_fixed<T, R, V>;
}

// c[i * c_row + to + j] = activation(sum over p of a[i * a_row + steps[p].a] * b[from + j +
// steps[p].b] + row_bias[i]) for i < rows and each place. Whole vectors are read at the places, of
// the last one only `tail` lanes.
template <class T>
inline void conv_tile(int rows, const Place* places, int vectors, int tail, int64_t k,
                      const Step* steps, const T* a, int64_t a_row, const T* b, T* c, int64_t c_row,
                      const TileEnd<T>& end) {
  conv_tile_function<T>(rows, vectors)(places, tail, k, steps, a, a_row, b, c, c_row, end);
}

// Output channels x taps whose sums a dot_tile holds.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kDotRows = 4, kDotTaps = 6;
#elif defined(__AVX2__)
inline constexpr int kDotRows = 2, kDotTaps = 6;
#else
inline constexpr int kDotRows = 2, kDotTaps = 3;
#endif

// The outputs that a dot_tile sums over: rows of `width` of g, which lie together, and of x.
struct DotSpace {
  int64_t images, depth, height, width;
  int64_t g_image, x_image, x_slab, x_row;
};

// Lane l of the result is the sum of x[l]'s lanes.
template <class T>
inline Vec<T> sum_lanes(Vec<T> (&x)[kLanes<T>]) {
#pragma GCC unroll 4
  for (int half = kLanes<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
      x[i] = zip<false, T>(x[i], x[i + half]) + zip<true, T>(x[i], x[i + half]);
    }
  }
  return x[0];
}

// dw[i * dw_row + s] (+)= sum over the outputs q of g[i * g_row + q] * x[q + steps[s].b], for s <
// count; the taps past count are computed and thrown away.
template <class T, int R, int S>
[[gnu::noinline]] void dot_tile_fixed(const DotSpace& space, const T* g, int64_t g_row, const T* x,
                                      const Step* steps, int count, T* dw, int64_t dw_row,
                                      bool add) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sum[R][S] = {};
  const T* from[S];
  for (int s = 0; s < S; ++s) from[s] = x + steps[s < count ? s : count - 1].b;
  for (int64_t image = 0; image < space.images; ++image) {
    const T* y = g + image * space.g_image;
    for (int64_t d = 0; d < space.depth; ++d) {
      for (int64_t h = 0; h < space.height; ++h) {
        int64_t at = image * space.x_image + d * space.x_slab + h * space.x_row;
        int64_t left = space.width;
        for (; left >= lanes; left -= lanes, y += lanes, at += lanes) {
          Vec<T> v[R];
#pragma GCC unroll 4
          for (int i = 0; i < R; ++i) v[i] = load(y + i * g_row);
#pragma GCC unroll 8
          for (int s = 0; s < S; ++s) {
            Vec<T> u = load(from[s] + at);
#pragma GCC unroll 4
            for (int i = 0; i < R; ++i) sum[i][s] += v[i] * u;
          }
        }
        if (left == 0) continue;
        const int n = static_cast<int>(left);
        Vec<T> v[R];
#pragma GCC unroll 4
        for (int i = 0; i < R; ++i) v[i] = load_n(y + i * g_row, n);
#pragma GCC unroll 8
        for (int s = 0; s < S; ++s) {
          Vec<T> u = load_n(from[s] + at, n);
#pragma GCC unroll 4
          for (int i = 0; i < R; ++i) sum[i][s] += v[i] * u;
        }
        y += n;
      }
    }
  }
  constexpr int total = (R * S + lanes - 1) / lanes * lanes;
  T flat[total];
#pragma GCC unroll 16
  for (int first = 0; first < total; first += lanes) {
    Vec<T> part[lanes];
#pragma GCC unroll 16
    for (int l = 0; l < lanes; ++l) {
      part[l] = first + l < R * S ? sum[(first + l) / S % R][(first + l) % S] : Vec<T>{};
    }
    store(flat + first, sum_lanes<T>(part));
  }
  for (int i = 0; i < R; ++i) {
    for (int s = 0; s < count; ++s) {
      T* to = dw + i * dw_row + s;
      *to = add ? *to + flat[i * S + s] : flat[i * S + s];
    }
  }
}

template <class T>
inline void dot_tile(int rows, int count, const DotSpace& space, const T* g, int64_t g_row,
                     const T* x, const Step* steps, T* dw, int64_t dw_row, bool add) {
  using Function =
      void (*)(const DotSpace&, const T*, int64_t, const T*, const Step*, int, T*, int64_t, bool);
#define PYDL_TILES(R)                                       \
  {                                                         \
    dot_tile_fixed<T, R, 3>, dot_tile_fixed<T, R, kDotTaps> \
  }
  static constexpr Function tiles[][2] = {
      PYDL_TILES(1),
      PYDL_TILES(2),
#if defined(__AVX512F__) || defined(__aarch64__)
      PYDL_TILES(3),
      PYDL_TILES(4),
#endif
  };
#undef PYDL_TILES
  tiles[rows - 1][count > 3](space, g, g_row, x, steps, count, dw, dw_row, add);
}

}  // namespace pydl::PYDL_ISA
