// Rows picked by a list of indices, and rows put or added at a list of indices.
#include "cpu/columns.h"
#include "cpu/move.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

int64_t wrapped(int64_t at, int64_t size) { return at < 0 ? at + size : at; }
// Negative unless 0 <= at < size: a loop over many needs no jump.
int64_t outside_of(int64_t at, int64_t size) {
  return at | static_cast<int64_t>(static_cast<uint64_t>(size) - 1 - static_cast<uint64_t>(at));
}

}  // namespace

template <class T>
void index_range(int64_t* outside, int64_t* negative, const void* x, int64_t count, int64_t size,
                 bool from_end) {
  const int64_t more = from_end ? size : 0;
  parallel(count, 32768, [&](int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x);
    const int64_t add = more, extent = size;
    T any_outside = 0, any_negative = 0;
    for (int64_t i = begin; i < end; ++i) {
      any_outside |= outside_of(wrapped(from[i], add), extent);
      any_negative |= from[i];
    }
    __atomic_fetch_or(outside, any_outside, __ATOMIC_RELAXED);
    __atomic_fetch_or(negative, any_negative, __ATOMIC_RELAXED);
  });
}

template <class T>
void index_join(int64_t* y, int64_t* outside, const void* x, int64_t count, int64_t size,
                bool first) {
  parallel(count, 32768, [&](int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x);
    const int64_t extent = size;
    const uint64_t step = first ? 0 : static_cast<uint64_t>(size);
    T* to = y;
    T any_outside = 0;
    for (int64_t i = begin; i < end; ++i) {
      const T at = wrapped(from[i], extent);
      any_outside |= outside_of(at, extent);
      const uint64_t before = step == 0 ? 0 : static_cast<uint64_t>(to[i]) * step;
      to[i] = static_cast<T>(before + static_cast<uint64_t>(at));
    }
    __atomic_fetch_or(outside, any_outside, __ATOMIC_RELAXED);
  });
}

template <class T>
void bincount(int64_t* y, const void* x, int64_t count, int64_t size) {
  const T* from = static_cast<const T*>(x);
  constexpr int64_t kFew = 512, kTables = 4;
  if (size > kFew || count < 4 * kFew) {
    for (int64_t i = 0; i < count; ++i) ++y[from[i]];
    return;
  }
  // Several tables in turn: adding one to a number just written has to wait for it.
  parallel(count, 65536, [&](int64_t begin, int64_t end) {
    int32_t tables[kTables][kFew] = {};
    int64_t i = begin;
    for (; i + kTables <= end; i += kTables) {
      for (int64_t k = 0; k < kTables; ++k) ++tables[k][from[i + k]];
    }
    for (; i < end; ++i) ++tables[0][from[i]];
    for (int64_t v = 0; v < size; ++v) {
      int64_t sum = 0;
      for (int64_t k = 0; k < kTables; ++k) sum += tables[k][v];
      __atomic_fetch_add(y + v, sum, __ATOMIC_RELAXED);
    }
  });
}

template <class T>
void index_select(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                  int64_t count, int64_t inner) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  parallel(outer * count, row_grain(inner), [&](int64_t begin, int64_t end) {
    int64_t o = begin / count, k = begin - o * count;
    for (int64_t i = begin; i < end; ++o, k = 0) {
      const T* rows = from + o * size * inner;
      const int64_t last = end - i < count - k ? end : i + count - k;
      if (inner == 1) {
        for (; i < last; ++i, ++k) to[i] = rows[index[k]];
      } else if (inner >= 16) {
        for (; i < last; ++i, ++k) {
          move(to + i * inner, rows + index[k] * inner, inner * static_cast<int64_t>(sizeof(T)));
        }
      } else {
        for (; i < last; ++i, ++k) {
          const T* row = rows + index[k] * inner;
          for (int64_t j = 0; j < inner; ++j) to[i * inner + j] = row[j];
        }
      }
    }
  });
}

namespace {

// put(place, x[outer, count, inner]) for the place in y[outer, index, inner] of each element of x.
template <class T, class F>
void for_rows(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
              int64_t count, int64_t inner, F put) {
  parallel_columns(outer, inner, count, inner, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * count * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    if (inner == 1) {
      for (int64_t k = 0; k < count; ++k) put(to[index[k]], from[k]);
      return;
    }
    for (int64_t k = 0; k < count; ++k) {
      T* row = to + index[k] * inner;
      const T* source = from + k * inner;
      PYDL_INDEPENDENT
      for (int64_t i = begin; i < end; ++i) put(row[i], source[i]);
    }
  });
}

}  // namespace

template <class T>
void index_add(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
               int64_t count, int64_t inner) {
  for_rows<T>(y, x, index, outer, size, count, inner, [](T& to, T v) { to = wrapping_add(to, v); });
}

template <class T>
void index_copy(void* y, const void* x, const int64_t* index, int64_t outer, int64_t size,
                int64_t count, int64_t inner) {
  for_rows<T>(y, x, index, outer, size, count, inner, [](T& to, T v) { to = v; });
}

PYDL_FOR(index_range, int64_t)
PYDL_FOR(index_join, int64_t)
PYDL_FOR(bincount, int64_t)
PYDL_FOR_WORDS(index_select)
PYDL_FOR_WORDS(index_copy)
PYDL_FOR_NUMBERS(index_add)

}  // namespace pydl::PYDL_ISA
