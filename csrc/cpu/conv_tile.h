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

}  // namespace pydl::PYDL_ISA
