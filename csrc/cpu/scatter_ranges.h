// How kernels that write to indexed places share the work: each place belongs to one task, which
// goes through the indices in their order. So repeated indices need no atomics, and the result
// does not depend on the threads.
#pragma once

#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

// body(o, begin, end) for ranges of columns [begin, end) of [0, inner) and every o < outer, where
// each row of `inner` columns is written `count` times.
template <class F>
inline void parallel_columns(int64_t outer, int64_t count, int64_t inner, F body) {
  if (outer * count * inner == 0) return;
  // A range narrower than a cache line would share it with the next.
  constexpr int64_t kNarrowest = 64;
  int64_t width = inner;
  if (outer < 16 && count * inner > 32768) {
    width = (inner + 15) / 16;
    if (width < kNarrowest) width = kNarrowest;
    if (width > inner) width = inner;
  }
  int64_t blocks = (inner + width - 1) / width;
  parallel(outer * blocks, row_grain(count * width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t o = i / blocks, column = (i - o * blocks) * width;
      body(o, column, inner - column < width ? inner : column + width);
    }
  });
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
