// Rows picked by a list of indices, and rows put or added at a list of indices.
#include "cpu/columns.h"

namespace pydl::PYDL_ISA {

template <class T>
void index_select(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                  int64_t count, int64_t inner) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  parallel(outer * count, row_grain(inner), [&](int64_t begin, int64_t end) {
    int64_t o = begin / count, k = begin - o * count;
    for (int64_t i = begin; i < end; ++i) {
      const T* row = from + (o * size + index[k]) * inner;
      if (inner >= 16) {
        __builtin_memcpy(to + i * inner, row, static_cast<size_t>(inner) * sizeof(T));
      } else {
        for (int64_t j = 0; j < inner; ++j) to[i * inner + j] = row[j];
      }
      if (++k == count) k = 0, ++o;
    }
  });
}

template <class T>
void index_add(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
               int64_t count, int64_t inner) {
  parallel_columns(outer, inner, count, inner, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * count * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    for (int64_t k = 0; k < count; ++k) {
      T* row = to + index[k] * inner;
      for (int64_t i = begin; i < end; ++i) row[i] = wrapping_add(row[i], from[k * inner + i]);
    }
  });
}

template <class T>
void index_copy(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                int64_t count, int64_t inner) {
  parallel_columns(outer, inner, count, inner, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * count * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    for (int64_t k = 0; k < count; ++k) {
      T* row = to + index[k] * inner;
      for (int64_t i = begin; i < end; ++i) row[i] = from[k * inner + i];
    }
  });
}

PYDL_FOR_WORDS(index_select)
PYDL_FOR_WORDS(index_copy)
PYDL_FOR_NUMBERS(index_add)

}  // namespace pydl::PYDL_ISA
