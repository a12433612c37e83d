// Work on [outer, ..., inner] that is cut along inner: a task owns some neighbouring columns and
// goes through everything else in order. What writes to indexed places needs no atomics then, for
// repeated indices meet in one task, and no result depends on the threads.
#pragma once

#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

// body(o, begin, end) for ranges of columns, at most `widest` of them, and every o < outer; cost:
// elementary operations for each column.
template <class F>
inline void parallel_columns(int64_t outer, int64_t inner, int64_t cost, int64_t widest, F body) {
  if (outer * inner * cost == 0) return;
  // A narrower range would share cache lines with the next.
  constexpr int64_t kNarrowest = 64;
  int64_t width = inner;
  if (outer < 16 && cost * inner > 65536) {
    width = (inner + 16 * kNarrowest - 1) / (16 * kNarrowest) * kNarrowest;
  }
  if (width > widest) width = widest;
  if (width > inner) width = inner;
  int64_t blocks = (inner + width - 1) / width;
  parallel(outer * blocks, row_grain(cost * width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t o = i / blocks, column = (i - o * blocks) * width;
      body(o, column, inner - column < width ? inner : column + width);
    }
  });
}

// How many columns, at most `widest`, so that `bytes` for each of them stay in the second level
// cache between two passes.
inline int64_t cached_columns(int64_t bytes, int64_t widest) {
  int64_t columns = (int64_t(1) << 20) / (bytes < 1 ? 1 : bytes) / 64 * 64;
  return columns < 64 ? 64 : columns < widest ? columns : widest;
}

// y + x; integers wrap round.
template <class T>
inline T wrapping_add(T y, T x) {
  if constexpr (T(0.5) != T(0)) {
    return y + x;
  } else {
    return static_cast<T>(static_cast<uint64_t>(y) + static_cast<uint64_t>(x));
  }
}

}  // namespace pydl::PYDL_ISA
