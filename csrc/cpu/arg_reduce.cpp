// argmax and argmin along the middle of x[outer, size, inner].
#include "cpu/columns.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// Whether x comes before the best so far: NaN before numbers, the earlier one where they are equal.
template <bool kMaximum, class T>
bool better(T x, T best) {
  bool ahead = kMaximum ? x > best : x < best;
  return ahead | ((x != x) & (best == best));
}

// The best value; NaN where there is one.
template <bool kMaximum, class T>
T best_value(const T* x, int64_t n) {
  constexpr int L = kLanes<T>;
  constexpr T kWorst = kMaximum ? -__builtin_huge_val() : __builtin_huge_val();
  auto best = [](auto a, auto b) { return (kMaximum ? b > a : b < a) ? b : a; };
  Vec<T> a = splat(kWorst), b = a, c = a;
  auto seen = a != a;
  int64_t i = 0;
  for (; i + 2 * L <= n; i += 2 * L) {
    const Vec<T> v = load(x + i), w = load(x + i + L);
    seen |= (v != v) | (w != w);
    a = best(a, v);
    b = best(b, w);
  }
  for_vectors<T>(n - i, [&](int64_t k, auto part) {
    const Vec<T> v = part.load(x + i + k, kWorst);
    seen |= v != v;
    c = best(c, v);
  });
  if (any(seen)) return static_cast<T>(__builtin_nan(""));
  return fold_lanes<T>(best(best(a, b), c), best);
}

// The first place of a value that is there.
template <class T>
int64_t place_of(const T* x, int64_t n, T value) {
  constexpr int L = kLanes<T>;
  int64_t i = 0;
  if (value != value) {
    while (x[i] == x[i]) ++i;
    return i;
  }
  // Places within the stretch as numbers of T, which is exact.
  Vec<T> lane;
  for (int k = 0; k < L; ++k) lane[k] = static_cast<T>(k);
  const Vec<T> wanted = splat(value);
  for (; i + 4 * L <= n; i += 4 * L) {
    auto at = [&](int k) { return load(x + i + k * L) == wanted; };
    if (any((at(0) | at(1)) | (at(2) | at(3)))) break;
  }
  Vec<T> first = splat(static_cast<T>(8 * L));
  const int64_t left = n - i < 4 * L ? n - i : 4 * L;
  for_vectors<T>(left, [&](int64_t k, auto part) {
    const Vec<T> here = lane + static_cast<T>(k);
    const auto found = (part.load(x + i + k) == wanted) & (here < static_cast<T>(left));
    first = found & (here < first) ? here : first;
  });
  const T place = fold_lanes<T>(first, [](auto a, auto b) { return b < a ? b : a; });
  return i + static_cast<int64_t>(place);
}

// The best value of a block is found first, in kGroup strands which the compiler turns into
// vectors; then its place, once, in the block that had it.
template <bool kMaximum, class T>
int64_t best_integer(const T* x, int64_t size) {
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

template <bool kMaximum, class T>
int64_t best_of_row(const T* x, int64_t size) {
  if constexpr (T(0.5) == T(0)) {
    return best_integer<kMaximum>(x, size);
  } else {
    constexpr int64_t kBlock = 1024;
    T best = x[0];
    int64_t block = 0;
    for (int64_t begin = 0; begin < size; begin += kBlock) {
      const T found =
          best_value<kMaximum>(x + begin, size - begin < kBlock ? size - begin : kBlock);
      if (better<kMaximum>(found, best)) best = found, block = begin;
    }
    return block + place_of(x + block, size - block, best);
  }
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

// Few columns and many rows: the best of each of several ranges of rows, and then of those.
constexpr int64_t kFewColumns = 32, kRanges = 32;

template <bool kMaximum, class T>
void best_of_ranges(int64_t* y, const T* x, int64_t size, int64_t columns) {
  int64_t place[kRanges][kFewColumns];
  const int64_t step = (size + kRanges - 1) / kRanges;
  parallel(kRanges, 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t first = r * step, rows = size - first < step ? size - first : step;
      for (int64_t k = 0; k < columns; ++k) place[r][k] = -1;
      if (rows <= 0) continue;
      best_of_columns<kMaximum>(place[r], x + first * columns, rows, columns, columns);
      for (int64_t k = 0; k < columns; ++k) place[r][k] += first;
    }
  });
  for (int64_t k = 0; k < columns; ++k) {
    y[k] = place[0][k];
    for (int64_t r = 1; r < kRanges; ++r) {
      const int64_t at = place[r][k];
      if (at >= 0 && better<kMaximum>(x[at * columns + k], x[y[k] * columns + k])) y[k] = at;
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
  if (outer < 8 && inner <= kFewColumns && size * inner > 65536) {
    for (int64_t o = 0; o < outer; ++o) {
      best_of_ranges<kMaximum>(y + o * inner, x + o * size * inner, size, inner);
    }
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
