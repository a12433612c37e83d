// Elements picked from, and put or added to, the places that a tensor of indices names.
#include "cpu/columns.h"

namespace pydl::PYDL_ISA {

template <class T>
void gather(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
            int64_t count, int64_t inner) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  parallel(outer * count, row_grain(2 * inner), [&](int64_t begin, int64_t end) {
    int64_t o = begin / count, k = begin - o * count;
    for (int64_t i = begin; i < end; ++o, k = 0) {
      const T* rows = from + o * size * inner;
      const int64_t last = end - i < count - k ? end : i + count - k;
      if (inner == 1) {
        for (; i < last; ++i) to[i] = rows[index[i]];
        continue;
      }
      for (; i < last; ++i) {
        for (int64_t j = 0; j < inner; ++j) {
          to[i * inner + j] = rows[index[i * inner + j] * inner + j];
        }
      }
    }
  });
}

namespace {

// put(place, x[outer, count, inner]) for the place in y that belongs to each element of x.
template <class T, class F>
void for_places(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                int64_t count, int64_t inner, F put) {
  parallel_columns(outer, inner, count, inner, [&](int64_t o, int64_t begin, int64_t end) {
    T* rows = static_cast<T*>(y) + o * size * inner;
    const T* from = static_cast<const T*>(x) + o * count * inner;
    const int64_t* at = index + o * count * inner;
    if (inner == 1) {
      for (int64_t k = 0; k < count; ++k) put(rows[at[k]], from[k]);
      return;
    }
    for (int64_t k = 0; k < count; ++k, from += inner, at += inner) {
      for (int64_t i = begin; i < end; ++i) put(rows[at[i] * inner + i], from[i]);
    }
  });
}

}  // namespace

template <class T>
void scatter(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
             int64_t count, int64_t inner) {
  for_places<T>(y, x, index, outer, size, count, inner, [](T& to, T v) { to = v; });
}

template <class T>
void scatter_add(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                 int64_t count, int64_t inner) {
  for_places<T>(y, x, index, outer, size, count, inner,
                [](T& to, T v) { to = wrapping_add(to, v); });
}

PYDL_FOR_WORDS(gather)
PYDL_FOR_WORDS(scatter)
PYDL_FOR_NUMBERS(scatter_add)

}  // namespace pydl::PYDL_ISA
