// The register tiles of gemm_tile.h: one function for each number of rows and vectors.
#include "cpu/gemm_tile.h"

namespace pydl::PYDL_ISA {
namespace {

// Two pointers as if they had nothing to do with each other, or with where they were before: an
// optimizer that knows it makes one index of them, and an offset in a register for each load.
template <class T>
[[gnu::always_inline]] inline void unrelate(const T*& x, const T*& y) {
  asm("" : "+r"(x), "+r"(y));
}

// The rows of a that a pointer reaches by x86's addresses of base + {0, 1, 2} * stride.
inline constexpr int kReach = 3;

// sum += one column of a times one row of the panel. a2 is a's row kReach. kPairs: of pairs of
// bfloat16.
template <class T, bool kPairs, int R, int V>
[[gnu::always_inline]] inline void multiply_add(Vec<T> (&sum)[R][V], const T* a, const T* a2,
                                                int64_t a_row, const T* panel) {
  Vec<T> y[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) y[v] = load(panel + v * kLanes<T>);
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
    const Vec<T> x = splat(i < kReach ? a[i * a_row] : a2[(i - kReach) * a_row]);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      if constexpr (kPairs)
        sum[i][v] = add_pairs(sum[i][v], x, y[v]);
      else
        sum[i][v] += x * y[v];
    }
  }
}

// gemm_tile for exactly R rows and V vectors, the last of which holds `tail` columns.
template <class T, bool kPairs, int R, int V>
[[gnu::noinline]] void gemm_tile_fixed(int tail, int64_t k, const T* a, int64_t a_row,
                                       int64_t a_col, const T* panel, int64_t step, T* c,
                                       int64_t c_row, const TileEnd<T>& end) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sum[R][V] = {};
  int64_t p = 0;
  // Additions of integers take ports that the multiply-adds need (x86): the fewer, the faster, by
  // 4% with AVX-512; constant offsets take none. Steps of k in ones instead: 7% slower.
  const T* a2 = a + (R > kReach ? kReach : 0) * a_row;
  unrelate(a, a2);
  const bool constant_offsets = R == Tile<T>::kRows && a_col == 1 && step == V * lanes;
  if (constant_offsets) {
    for (; p + 2 <= k; p += 2) {
      multiply_add<T, kPairs, R, V>(sum, a, a2, a_row, panel);
      multiply_add<T, kPairs, R, V>(sum, a + 1, a2 + 1, a_row, panel + V * lanes);
      a += 2, a2 += 2, panel += 2 * V * lanes;
      unrelate(a, a2);
    }
  }
  const auto next = [&]() [[gnu::always_inline]] {
    multiply_add<T, kPairs, R, V>(sum, a, a2, a_row, panel);
    a += a_col, a2 += a_col, panel += step;
    unrelate(a, a2);
  };
  for (; p + 4 <= k; p += 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) next();
  }
#pragma GCC unroll 1
  for (; p < k; ++p) next();
  const auto each = [&](auto&& body) [[gnu::always_inline]] {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) body(sum[i][v], i, v * lanes, v + 1 == V && tail != lanes);
    }
  };
  if (end.add) {
    each([&](Vec<T>& x, int i, int j, bool part) {
      x += part ? load_n(c + i * c_row + j, tail) : load(c + i * c_row + j);
    });
  }
  if (end.col_bias) {
    each([&](Vec<T>& x, int, int j, bool part) {
      x += part ? load_n(end.col_bias + j, tail) : load(end.col_bias + j);
    });
  }
  if (end.row_bias) each([&](Vec<T>& x, int i, int, bool) { x += splat(end.row_bias[i]); });
  if (end.activation == Activation::kRelu) {
    each([&](Vec<T>& x, int, int, bool) { x = select<T>(x < Vec<T>{}, Vec<T>{}, x); });
  }
  each([&](Vec<T>& x, int i, int j, bool part) {
    part ? store_n(c + i * c_row + j, x, tail) : store(c + i * c_row + j, x);
  });
  if (end.activation > Activation::kRelu)
    activate_tile(end.activation, R, (V - 1) * lanes + tail, c, c_row);
}

template <class T, bool kPairs, int R = Tile<T>::kRows, int V = Tile<T>::kVectors>
TileFunction<T> find_tile(int rows, int vectors) {
  if constexpr (R > 1) {
    if (rows < R) return find_tile<T, kPairs, R - 1, V>(rows, vectors);
  }
  if constexpr (V > 1) {
    if (vectors < V) return find_tile<T, kPairs, R, V - 1>(rows, vectors);
  }
  return gemm_tile_fixed<T, kPairs, R, V>;
}

}  // namespace

template <class T>
TileFunction<T> tile_function(int rows, int vectors) {
  return find_tile<T, false>(rows, vectors);
}
template TileFunction<float> tile_function<float>(int, int);
template TileFunction<double> tile_function<double>(int, int);

TileFunction<float> pair_tile_function([[maybe_unused]] int rows, [[maybe_unused]] int vectors) {
  if constexpr (kCompilesPairs)
    return find_tile<float, true>(rows, vectors);
  else
    return nullptr;
}

}  // namespace pydl::PYDL_ISA
