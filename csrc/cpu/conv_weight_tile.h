// The two register tiles of the weight gradient. sum_tile has its lanes along the output channels
// and g packed so; dot_tile, for groups with few of them, along the outputs' places.
#pragma once

#include "cpu/conv_layout.h"
#include "cpu/gemm_tile.h"

namespace pydl::PYDL_ISA {

// Taps x vectors of output channels.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kSumTaps = 8, kSumVectors = 3;
#elif defined(__AVX2__)
inline constexpr int kSumTaps = 6, kSumVectors = 2;
#else
inline constexpr int kSumTaps = 4, kSumVectors = 2;
#endif

// A piece of the outputs' places: rows x width of them, their elements x_row apart.
struct Piece {
  int64_t rows, width, x_row;
};

// See sum_tile. R is count or one more.
template <class T, int R, int V>
[[gnu::noinline]] void sum_tile_fixed(const Piece& piece, const T* panel, const T* x,
                                      const Step* steps, int count, T* dw, bool add) {
  constexpr int lanes = kLanes<T>;
  const T* from[R];
  for (int i = 0; i < R; ++i) from[i] = x + steps[i < count ? i : count - 1].b;
  Vec<T> sum[R][V] = {};
  for (int64_t row = 0; row < piece.rows; ++row) {
    const int64_t first = row * piece.x_row, last = first + piece.width;
#pragma GCC unroll 2
    for (int64_t at = first; at < last; ++at, panel += V * lanes) {
      Vec<T> y[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) y[v] = load(panel + v * lanes);
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        Vec<T> u = splat(from[i][at]);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[i][v] += u * y[v];
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    if (i == count) break;
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      T* to = dw + (i * V + v) * lanes;
      store(to, add ? load(to) + sum[i][v] : sum[i][v]);
    }
  }
}

template <class T>
using SumTileFunction = void (*)(const Piece&, const T*, const T*, const Step*, int, T*, bool);

template <class T, int R = kSumTaps, int V = kSumVectors>
inline SumTileFunction<T> sum_tile_function(int count, int vectors) {
  if constexpr (R > 2) {
    if (count <= R - 2) return sum_tile_function<T, R - 2, V>(count, vectors);
  }
  if constexpr (V > 1) {
    if (vectors < V) return sum_tile_function<T, R, V - 1>(count, vectors);
  }
  return sum_tile_fixed<T, R, V>;
}

// dw[count, vectors * lanes] (+)= sum over the piece's places q of x[q + steps[i].b] times
// panel[q, vectors * lanes].
template <class T>
inline void sum_tile(const Piece& piece, const T* panel, int vectors, const T* x, const Step* steps,
                     int count, T* dw, bool add) {
  sum_tile_function<T>(count, vectors)(piece, panel, x, steps, count, dw, add);
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
