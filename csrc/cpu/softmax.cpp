// softmax and log_softmax of [outer, size, inner] along size, and their gradients.
#include "cpu/columns.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// A row whose sum one vector of accumulators may take.
template <class T>
constexpr int64_t kShort = 16 * kLanes<T>;

// Some rows together, phase by phase: each row alone would have to wait for its maximum, its sum,
// and the logarithm of that.
constexpr int64_t kTogether = 16;

template <class T>
void softmax_short_rows(bool log, T* y, const T* x, int64_t size, int64_t rows) {
  constexpr T kLowest = -__builtin_huge_val();
  T max[kTogether], last[kTogether];
  for (int64_t r = 0; r < rows; ++r) {
    Vec<T> most = splat(kLowest);
    for_vectors<T>(size, [&](int64_t i, auto part) {
      const Vec<T> v = part.load(x + r * size + i, kLowest);
      most = v > most ? v : most;
    });
    max[r] = fold_lanes<T>(most, [](auto a, auto b) { return b > a ? b : a; });
  }
  for (int64_t r = 0; r < rows; ++r) {
    Vec<T> sums = {};
    for_vectors<T>(size, [&](int64_t i, auto part) {
      const Vec<T> e = exp_below(part.load(x + r * size + i, kLowest) - max[r]);
      if (!log) part.store(y + r * size + i, e);
      sums += e;
    });
    last[r] = fold_lanes<T>(sums, [](auto a, auto b) { return a + b; });
  }
  for_vectors<T>(rows, [&](int64_t r, auto part) {
    const Vec<T> sum = part.load(last + r, T(1));
    part.store(last + r, log ? vlog(sum) : T(1) / sum);
  });
  for (int64_t r = 0; r < rows; ++r) {
    const T *from = x + r * size, m = max[r], l = last[r];
    T* to = y + r * size;
    if (log) {
      for_vectors<T>(
          size, [&](int64_t i, auto part) { part.store(to + i, part.load(from + i) - m - l); });
    } else {
      for_vectors<T>(size,
                     [&](int64_t i, auto part) { part.store(to + i, part.load(to + i) * l); });
    }
  }
}

// y = exp(x - m) / s, or (x - m) - log(s), where m is the maximum and s the sum of exp(x - m). A
// row of -inf only, or one that has +inf or NaN, comes out as NaN.
template <class T>
void softmax_row(bool log, T* y, const T* x, int64_t size) {
  constexpr T kLowest = -__builtin_huge_val();
  if (size <= kLanes<T>) {
    FirstLanes<T> part{static_cast<int>(size)};
    Vec<T> v = part.load(x, kLowest);
    v -= fold_lanes<T>(v, [](auto a, auto b) { return b > a ? b : a; });
    Vec<T> e = exp_below(v);
    // All lanes past the row are exp(-inf), unless the row is NaN.
    T sum = fold_lanes<T>(e, [](auto a, auto b) { return a + b; });
    part.store(y, log ? v - vlog(splat(sum)) : e * (1 / sum));
    return;
  }
  T max = row_max(x, size);
  T sums[1];
  row_sums<T, 1, 2>(size, sums, [&](int64_t i, auto part, Vec<T>* acc) {
    Vec<T> e = exp_below(part.load(x + i, kLowest) - max);
    if (!log) part.store(y + i, e);
    acc[0] += e;
  });
  if (log) {
    T log_sum = vlog(splat(sums[0]))[0];
    for_vectors<T>(
        size, [&](int64_t i, auto part) { part.store(y + i, part.load(x + i) - max - log_sum); });
  } else {
    T inverse = 1 / sums[0];
    for_vectors<T>(size,
                   [&](int64_t i, auto part) { part.store(y + i, part.load(y + i) * inverse); });
  }
}

constexpr int kColumns = 512;

// The same for neighbouring columns, whose elements are `step` apart.
template <class T>
void softmax_columns(bool log, T* y, const T* x, int64_t size, int64_t step, int64_t columns) {
  T max[kColumns], sums[1][kColumns];
  for (int64_t k = 0; k < columns; ++k) max[k] = x[k];
  for (int64_t i = 1; i < size; ++i) {
    for_vectors<T>(columns, [&](int64_t k, auto part) {
      Vec<T> v = part.load(x + i * step + k), m = part.load(max + k);
      part.store(max + k, v > m ? v : m);
    });
  }
  column_sums<T>(size, columns, sums, [&](int64_t i, int64_t k, auto part, Vec<T>* acc) {
    Vec<T> e = exp_below(part.load(x + i * step + k) - part.load(max + k));
    if (!log) part.store(y + i * step + k, e);
    acc[0] += e;
  });
  for_vectors<T>(columns, [&](int64_t k, auto part) {
    Vec<T> sum = part.load(sums[0] + k, T(1));
    part.store(sums[0] + k, log ? vlog(sum) : T(1) / sum);
  });
  for (int64_t i = 0; i < size; ++i) {
    for_vectors<T>(columns, [&](int64_t k, auto part) {
      int64_t at = i * step + k;
      Vec<T> last = part.load(sums[0] + k);
      part.store(y + at,
                 log ? part.load(x + at) - part.load(max + k) - last : part.load(y + at) * last);
    });
  }
}

// dx = y (g - sum(g y)); of the logarithm: g - exp(y) sum(g).
template <class T>
void softmax_row_backward(bool log, T* dx, const T* g, const T* y, int64_t size) {
  auto term = [&](int64_t i, auto part) {
    return log ? part.load(g + i) : part.load(g + i) * part.load(y + i);
  };
  T sum;
  if (size <= kShort<T>) {
    Vec<T> sums = {};
    for_vectors<T>(size, [&](int64_t i, auto part) { sums += term(i, part); });
    sum = fold_lanes<T>(sums, [](auto a, auto b) { return a + b; });
  } else {
    sum = row_sum<T>(size, term);
  }
  for_vectors<T>(size, [&](int64_t i, auto part) {
    Vec<T> u = part.load(g + i), v = part.load(y + i);
    part.store(dx + i, log ? u - exp_below(v) * sum : v * (u - sum));
  });
}

template <class T>
void softmax_columns_backward(bool log, T* dx, const T* g, const T* y, int64_t size, int64_t step,
                              int64_t columns) {
  T sums[1][kColumns];
  column_sums<T>(size, columns, sums, [&](int64_t i, int64_t k, auto part, Vec<T>* acc) {
    Vec<T> u = part.load(g + i * step + k);
    acc[0] += log ? u : u * part.load(y + i * step + k);
  });
  for (int64_t i = 0; i < size; ++i) {
    for_vectors<T>(columns, [&](int64_t k, auto part) {
      int64_t at = i * step + k;
      Vec<T> u = part.load(g + at), v = part.load(y + at), sum = part.load(sums[0] + k);
      part.store(dx + at, log ? u - exp_below(v) * sum : v * (u - sum));
    });
  }
}

// rows(offset, count) for some of the rows, or columns(offset, count) for ranges of columns.
template <class Rows, class Columns>
void along(int64_t item_bytes, int64_t outer, int64_t size, int64_t inner, Rows rows,
           Columns columns) {
  if (size == 0) return;
  if (inner == 1) {
    parallel(outer, row_grain(8 * size),
             [&](int64_t begin, int64_t end) { rows(begin * size, end - begin); });
  } else {
    int64_t widest = cached_columns(2 * size * item_bytes, kColumns);
    parallel_columns(outer, inner, 8 * size, widest, [&](int64_t o, int64_t begin, int64_t end) {
      columns(o * size * inner + begin, end - begin);
    });
  }
}

}  // namespace

template <class T>
void softmax(bool log, void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  T* to = static_cast<T*>(y);
  const T* from = static_cast<const T*>(x);
  along(
      sizeof(T), outer, size, inner,
      [&](int64_t at, int64_t rows) {
        const bool together = size > kLanes<T> && size <= kShort<T>;
        for (int64_t r = 0; r < rows; r += together ? kTogether : 1, at += size) {
          if (together) {
            const int64_t some = rows - r < kTogether ? rows - r : kTogether;
            softmax_short_rows(log, to + at, from + at, size, some);
            at += (some - 1) * size;
          } else {
            softmax_row(log, to + at, from + at, size);
          }
        }
      },
      [&](int64_t at, int64_t n) { softmax_columns(log, to + at, from + at, size, inner, n); });
}

template <class T>
void softmax_backward(bool log, void* dx, const void* g, const void* y, int64_t outer, int64_t size,
                      int64_t inner) {
  T* to = static_cast<T*>(dx);
  const T* u = static_cast<const T*>(g);
  const T* v = static_cast<const T*>(y);
  along(
      sizeof(T), outer, size, inner,
      [&](int64_t at, int64_t rows) {
        for (const int64_t end = at + rows * size; at < end; at += size) {
          softmax_row_backward(log, to + at, u + at, v + at, size);
        }
      },
      [&](int64_t at, int64_t n) {
        softmax_columns_backward(log, to + at, u + at, v + at, size, inner, n);
      });
}

PYDL_FOR_FLOATS(softmax)
PYDL_FOR_FLOATS(softmax_backward)

}  // namespace pydl::PYDL_ISA
