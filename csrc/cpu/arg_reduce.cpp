// argmax and argmin along the middle of x[outer, size, inner].
#include "cpu/columns.h"

namespace pydl::PYDL_ISA {
namespace {

// Whether x comes before the best so far: NaN before numbers, the earlier one where they are equal.
template <bool kMaximum, class T>
bool better(T x, T best) {
  bool ahead = kMaximum ? x > best : x < best;
  return ahead | ((x != x) & (best == best));
}

// The best value of a block is found first, in kGroup strands which the compiler turns into
// vectors; then its place, once, in the block that had it.
template <bool kMaximum, class T>
int64_t best_of_row(const T* x, int64_t size) {
  constexpr int64_t kBlock = 1024, kGroup = 256 / sizeof(T);
  T best = x[0];
  int64_t block = 0;
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    int64_t end = size - begin > kBlock ? begin + kBlock : size, i = begin;
    T found = x[begin];
    if (end - begin >= kGroup) {
      T strand[kGroup];
      for (int64_t k = 0; k < kGroup; ++k) strand[k] = x[begin + k];
      for (i = begin + kGroup; i + kGroup <= end; i += kGroup) {
        for (int64_t k = 0; k < kGroup; ++k) {
          strand[k] = better<kMaximum>(x[i + k], strand[k]) ? x[i + k] : strand[k];
        }
      }
      for (T s : strand) found = better<kMaximum>(s, found) ? s : found;
    }
    for (; i < end; ++i) found = better<kMaximum>(x[i], found) ? x[i] : found;
    if (better<kMaximum>(found, best)) best = found, block = begin;
  }
  int64_t i = block;
  while (x[i] != best && (best == best || x[i] == x[i])) ++i;
  return i;
}

// `columns` neighbouring columns, at most kColumns.
constexpr int64_t kColumns = 256;

template <bool kMaximum, class T>
void best_of_columns(int64_t* y, const T* x, int64_t size, int64_t step, int64_t columns) {
  T best[kColumns];
  for (int64_t k = 0; k < columns; ++k) best[k] = x[k], y[k] = 0;
  for (int64_t i = 1; i < size; ++i) {
    x += step;
    for (int64_t k = 0; k < columns; ++k) {
      bool ahead = better<kMaximum>(x[k], best[k]);
      best[k] = ahead ? x[k] : best[k];
      y[k] = ahead ? i : y[k];
    }
  }
}

template <bool kMaximum, class T>
void arg_best(int64_t* y, const T* x, int64_t outer, int64_t size, int64_t inner) {
  if (inner == 1) {
    parallel(outer, row_grain(size), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[i] = best_of_row<kMaximum>(x + i * size, size);
    });
    return;
  }
  parallel_columns(outer, inner, 2 * size, kColumns, [&](int64_t o, int64_t begin, int64_t end) {
    best_of_columns<kMaximum>(y + o * inner + begin, x + o * size * inner + begin, size, inner,
                              end - begin);
  });
}

}  // namespace

template <class T>
void arg_reduce(bool maximum, int64_t* y, const void* x, int64_t outer, int64_t size,
                int64_t inner) {
  if (outer * size * inner == 0) return;
  auto best = maximum ? arg_best<true, T> : arg_best<false, T>;
  best(y, static_cast<const T*>(x), outer, size, inner);
}

PYDL_FOR_NUMBERS(arg_reduce)

}  // namespace pydl::PYDL_ISA
