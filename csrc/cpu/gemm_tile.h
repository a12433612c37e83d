// The register tile that matmul and convolution are built of: a few rows of C times a few vectors
// of columns, held in registers over all of k. Only B is packed; A is broadcast straight from where
// it lies, at any strides, so it never needs to be.
//
//   panel: B's columns j < cols for p < k, as panel[p * step + j]. pack_panel writes one, with
//   step = panel_step<T>(cols), zeros from cols on; any memory that holds step elements in each
//   row will do as well, and what lies past cols is computed and thrown away.
//
//   gemm_tile(rows, cols, k, a, a_row, a_col, panel, step, c, c_row, end);
//
// computes c[i * c_row + j] for i < rows <= Tile<T>::kRows, j < cols <= Tile<T>::kCols. Each
// element is one chain of multiply-adds in the order of p, from zero; `end` says what then happens
// to it. So an element's bits depend on how k is cut, and not on the tile that it falls into.
#pragma once

#include "core/kernel_args.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

// Rows x vectors of accumulators, which with one row of B and one value of A have to fit into the
// registers: 32 with AVX-512 and NEON, 16 with AVX2 and SSE2 (where the product takes one more).
// Measured shares of the peak: AVX-512 6x4 and 8x3 95% (4 vectors of 16 divide the usual widths),
// 14x2 87%; AVX2 6x2 98%, 4x3 94%; SSE2 3x3 97%, 4x2 92%.
template <class T>
struct Tile {
#if defined(__AVX512F__)
  static constexpr int kRows = 6, kVectors = 4;
#elif defined(__AVX2__)
  static constexpr int kRows = 6, kVectors = 2;
#elif defined(__aarch64__)
  static constexpr int kRows = 6, kVectors = 4;
#else
  static constexpr int kRows = 3, kVectors = 3;
#endif
  static constexpr int kCols = kVectors * kLanes<T>;
};

// What happens to a tile's sums: c = activation(sum + bias (+ c)). With add false c is never read.
// Where k is cut, the parts but the last are stored by TileEnd<T>{.add = ...} alone.
template <class T>
struct TileEnd {
  bool add = false;
  const T* col_bias = nullptr;  // cols values, one for each column
  const T* row_bias = nullptr;  // rows values, one for each row
  Activation activation = Activation::kNone;
};

// The length of a packed panel's rows: cols rounded up to whole vectors.
template <class T>
constexpr int panel_step(int64_t cols) {
  return static_cast<int>((cols + kLanes<T> - 1) / kLanes<T>) * kLanes<T>;
}

#if defined(__clang__)
#define PYDL_SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define PYDL_SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (Vec<Bits<T>>){__VA_ARGS__})
#endif

// x0 y0 x1 y1 ... of the lower or the upper halves.
template <bool kUpper, class T>
inline Vec<T> zip(Vec<T> x, Vec<T> y) {
  if constexpr (kLanes<T> == 16) {
    if constexpr (kUpper)
      return PYDL_SHUFFLE(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    else
      return PYDL_SHUFFLE(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  } else if constexpr (kLanes<T> == 8) {
    if constexpr (kUpper)
      return PYDL_SHUFFLE(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
    else
      return PYDL_SHUFFLE(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
  } else if constexpr (kLanes<T> == 4) {
    if constexpr (kUpper)
      return PYDL_SHUFFLE(x, y, 2, 6, 3, 7);
    else
      return PYDL_SHUFFLE(x, y, 0, 4, 1, 5);
  } else {
    static_assert(kLanes<T> == 2);
    if constexpr (kUpper)
      return PYDL_SHUFFLE(x, y, 1, 3);
    else
      return PYDL_SHUFFLE(x, y, 0, 2);
  }
}
#undef PYDL_SHUFFLE

// Lane j of x[i] becomes lane i of x[j]: log2(lanes) perfect shuffles of the rows.
template <class T>
inline void transpose(Vec<T> (&x)[kLanes<T>]) {
  constexpr int half = kLanes<T> / 2;
#pragma GCC unroll 4
  for (int stage = 1; stage < kLanes<T>; stage *= 2) {
    Vec<T> y[kLanes<T>];
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
      y[2 * i] = zip<false, T>(x[i], x[i + half]);
      y[2 * i + 1] = zip<true, T>(x[i], x[i + half]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes<T>; ++i) x[i] = y[i];
  }
}

// panel[p * step + j] = b[p * b_row + j * b_col] for p < k, zeros from cols to whole vectors.
template <class T>
[[gnu::noinline]] void pack_columns(T* panel, int64_t step, const T* b, int64_t b_row,
                                    int64_t b_col, int64_t k, int cols) {
  constexpr int lanes = kLanes<T>;
  if (b_col == 1) {
    for (int64_t p = 0; p < k; ++p, panel += step, b += b_row) {
      int j = 0;
      for (; j + lanes <= cols; j += lanes) store(panel + j, load(b + j));
      if (j < cols) store(panel + j, load_n(b + j, cols - j));
    }
    return;
  }
  int64_t p = 0;
  if (b_row == 1) {
    for (; p + lanes <= k; p += lanes) {
      for (int j = 0; j < cols; j += lanes) {
        Vec<T> x[lanes];
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i)
          x[i] = j + i < cols ? load(b + p + (j + i) * b_col) : Vec<T>{};
        transpose<T>(x);
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i) store(panel + (p + i) * step + j, x[i]);
      }
    }
  }
  for (; p < k; ++p) {
    T* row = panel + p * step;
    for (int j = 0; j < cols; ++j) row[j] = b[p * b_row + j * b_col];
    for (int j = cols; j < panel_step<T>(cols); ++j) row[j] = T(0);
  }
}

// A whole panel: panel[k, panel_step(cols)].
template <class T>
inline void pack_panel(T* panel, const T* b, int64_t b_row, int64_t b_col, int64_t k, int cols) {
  pack_columns<T>(panel, panel_step<T>(cols), b, b_row, b_col, k, cols);
}

// Activations other than relu, over a tile that has just been written.
template <class T>
void activate_tile(Activation activation, int rows, int cols, T* c, int64_t c_row);

template <class T>
using TileFunction = void (*)(int, int64_t, const T*, int64_t, int64_t, const T*, int64_t, T*,
                              int64_t, const TileEnd<T>&);

// The tile of so many rows and vectors, from gemm_tile.cpp: compiling them takes longer than all
// that uses them.
template <class T>
TileFunction<T> tile_function(int rows, int vectors);

// The same tiles of pairs of bfloat16, for processors that multiply them (simd.h): a and panel hold
// pairs (p, p + 1) in each float's place, k counts pairs.
TileFunction<float> pair_tile_function(int rows, int vectors);

// See the head of the file.
template <class T>
inline void gemm_tile(int rows, int cols, int64_t k, const T* a, int64_t a_row, int64_t a_col,
                      const T* panel, int64_t step, T* c, int64_t c_row, const TileEnd<T>& end) {
  const int vectors = panel_step<T>(cols) / kLanes<T>;
  tile_function<T>(rows, vectors)(cols - (vectors - 1) * kLanes<T>, k, a, a_row, a_col, panel, step,
                                  c, c_row, end);
}

}  // namespace pydl::PYDL_ISA
