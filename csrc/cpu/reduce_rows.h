// What reduce.cpp joins elements and parts by, and its way through short rows.
#pragma once

#include "cpu/reduce.h"

namespace pydl::PYDL_ISA {

// Written for numbers and vectors alike. NaN wins and stays.
template <class V>
V larger(V a, V b) {
  return (b > a) | (b != b) ? b : a;
}
template <class V>
V smaller(V a, V b) {
  return (b < a) | (b != b) ? b : a;
}
// Integers wrap round.
template <class V>
V add(V a, V b) {
  return a + b;
}
inline int64_t add(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
template <class V>
V multiply(V a, V b) {
  return a * b;
}
inline int64_t multiply(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
template <class V>
V negative(V x) {
  return -x;
}
inline int64_t negative(int64_t x) { return int64_t(-uint64_t(x)); }

template <class P>
P joined(Join join, P a, P b) {
  switch (join) {
    case Join::kAdd:
      return add(a, b);
    case Join::kMultiply:
      return multiply(a, b);
    case Join::kMax:
      return larger(a, b);
    default:
      return smaller(a, b);
  }
}

// All lanes of kVectors vectors, floats in double.
template <class T, int kVectors>
Part<T> sum_of_lanes(const Vec<T>* x) {
  Vec<double> sum{};
  for (int k = 0; k < kVectors; ++k) {
    if constexpr (sizeof(T) == 4) {
      const Doubles wide = widen(x[k]);
      sum += wide.low + wide.high;
    } else {
      sum += x[k];
    }
  }
  return fold_lanes<double>(sum, [](auto a, auto b) { return a + b; });
}

template <class T>
void write(Store store, void* y, int64_t at, Part<T> part, int64_t count) {
  if (store == Store::kInt64) {
    static_cast<int64_t*>(y)[at] = static_cast<int64_t>(part);
  } else {
    if (store == Store::kMean) part /= static_cast<Part<T>>(count);
    static_cast<T*>(y)[at] = static_cast<T>(part);
  }
}

// f over the elements of a short row, in up to four vectors of accumulators that end as one.
template <class T, class F, class J>
Vec<T> short_row(const T* x, int64_t n, T neutral, F f, J join) {
  constexpr int L = kLanes<T>;
  Vec<T> a[4];
  for (auto& v : a) v = splat(neutral);
  if (n <= L) return f(a[0], load_n(x, static_cast<int>(n), neutral));
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) {
    for (int k = 0; k < 4; ++k) a[k] = f(a[k], load(x + i + k * L));
  }
  if (i + 2 * L <= n) {
    a[0] = f(a[0], load(x + i));
    a[1] = f(a[1], load(x + i + L));
    i += 2 * L;
  }
  if (i + L <= n) {
    a[2] = f(a[2], load(x + i));
    i += L;
  }
  if (i < n) a[3] = f(a[3], load_n(x + i, static_cast<int>(n - i), neutral));
  return join(join(a[0], a[1]), join(a[2], a[3]));
}

// Short rows, in registers from the first element to the result: what comes up most.
template <class T, class F>
void short_rows(const Reduction<T>& op, void* y, int64_t y_step, const T* x, int64_t x_step,
                int64_t rows, int64_t n) {
  const T neutral = static_cast<T>(op.neutral);
  auto each = [&](auto join, auto fold) {
    for (int64_t r = 0; r < rows; ++r, x += x_step) {
      const Vec<T> all = short_row<T>(x, n, neutral, F{}, join);
      write<T>(op.store, y, r * y_step, fold(all), n);
    }
  };
  auto over = [&](auto f) {
    each(f, [&](Vec<T> all) { return static_cast<Part<T>>(fold_lanes<T>(all, f)); });
  };
  switch (op.join) {
    case Join::kAdd:
      return each([](auto a, auto b) { return a + b; },
                  [](Vec<T> all) { return sum_of_lanes<T, 1>(&all); });
    case Join::kMultiply:
      return over([](auto a, auto b) { return a * b; });
    case Join::kMax:
      return over([](auto a, auto b) { return larger(a, b); });
    default:
      return over([](auto a, auto b) { return smaller(a, b); });
  }
}

// 1: the maximum, -1: the minimum.
template <int k>
struct Extreme {};

// The maximum (minimum) of numbers, one instruction: what is NaN in x is passed over, and in `so
// far` it stays. `take` and `rows` by it look for NaN beside it, and go the slow way where there is
// one; a sum that is NaN, as of infinities, may only send them there for nothing.
template <bool kMaximum, class V>
V beyond(V so_far, V x) {
  return (kMaximum ? x > so_far : x < so_far) ? x : so_far;
}

template <bool kMaximum, class T, class F>
void take_extreme(T* acc, const T* x, int64_t count, int64_t step, const T* shift) {
  constexpr int L = kLanes<T>, kVectors = kGroup<T> / L;
  Vec<T> a[kVectors];
  for (int k = 0; k < kVectors; ++k) a[k] = load(acc + k * L);
  auto seen = Vec<T>{} != Vec<T>{};
  const T* from = x;
  for (int64_t i = 0; i < count; ++i, from += step) {
    Vec<T> sum{};
    for (int k = 0; k < kVectors; ++k) {
      const Vec<T> v = load(from + k * L);
      a[k] = beyond<kMaximum>(a[k], v);
      sum += v;
    }
    seen |= sum != sum;
  }
  if (any(seen)) {
    return take_vectors(acc, x, count, step, shift, [](auto a, auto x, auto) { return F{}(a, x); });
  }
  for (int k = 0; k < kVectors; ++k) store(acc + k * L, a[k]);
}

template <bool kMaximum, class T, class F>
void extreme_rows(const Reduction<T>& op, void* y, int64_t y_step, const T* x, int64_t x_step,
                  int64_t rows, int64_t n) {
  const T neutral = static_cast<T>(op.neutral);
  auto best = [](auto a, auto b) { return beyond<kMaximum>(a, b); };
  for (int64_t r = 0; r < rows; ++r, x += x_step) {
    auto seen = Vec<T>{} != Vec<T>{};
    const Vec<T> all = short_row<T>(
        x, n, neutral,
        [&](Vec<T> so_far, Vec<T> v) {
          seen |= v != v;
          return beyond<kMaximum>(so_far, v);
        },
        best);
    if (any(seen)) {
      short_rows<T, F>(op, static_cast<T*>(y) + r * y_step, y_step, x, x_step, 1, n);
    } else {
      static_cast<T*>(y)[r * y_step] = fold_lanes<T>(all, best);
    }
  }
}

}  // namespace pydl::PYDL_ISA
