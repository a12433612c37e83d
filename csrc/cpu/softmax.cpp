// softmax and log_softmax of [outer, size, inner] along size, and their gradients.
#include "cpu/math.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// y = exp(x - m) / s, or (x - m) - log(s), where m is the maximum and s the sum of exp(x - m). A
// row of -inf only, or one that has +inf or NaN, comes out as NaN.
template <class T>
void softmax_row(bool log, T* y, const T* x, int64_t size) {
  constexpr T kLowest = -__builtin_huge_val();
  if (size <= kLanes<T>) {
    FirstLanes<T> part{static_cast<int>(size)};
    Vec<T> v = part.load(x, kLowest);
    v -= fold_lanes<T>(v, [](auto a, auto b) { return b > a ? b : a; });
    Vec<T> e = vexp(v);
    // All lanes past the row are exp(-inf), unless the row is NaN.
    T sum = fold_lanes<T>(e, [](auto a, auto b) { return a + b; });
    part.store(y, log ? v - vlog(splat(sum)) : e * (1 / sum));
    return;
  }
  T max = row_max(x, size);
  T sums[1];
  row_sums<T, 1, 2>(size, sums, [&](int64_t i, auto part, Vec<T>* acc) {
    Vec<T> e = vexp(part.load(x + i, kLowest) - max);
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

// f(i) for i < size, summed with 64 terms to a partial sum.
template <class T, class F>
Vec<T> column_sum(int64_t size, F f) {
  Vec<T> total{};
  for (int64_t i = 0; i < size;) {
    Vec<T> sum{};
    for (int64_t end = size - i > 64 ? i + 64 : size; i < end; ++i) sum += f(i);
    total += sum;
  }
  return total;
}

// The same for a vector of neighbouring columns, whose elements are `step` apart.
template <class T, class Part>
void softmax_columns(bool log, T* y, const T* x, int64_t size, int64_t step, Part part) {
  Vec<T> max = splat(T(-__builtin_huge_val()));
  for (int64_t i = 0; i < size; ++i) {
    Vec<T> v = part.load(x + i * step);
    max = v > max ? v : max;
  }
  Vec<T> sum = column_sum<T>(size, [&](int64_t i) {
    Vec<T> e = vexp(part.load(x + i * step) - max);
    if (!log) part.store(y + i * step, e);
    return e;
  });
  Vec<T> last = log ? vlog(sum) : 1 / sum;
  for (int64_t i = 0; i < size; ++i) {
    part.store(y + i * step,
               log ? part.load(x + i * step) - max - last : part.load(y + i * step) * last);
  }
}

// dx = y (g - sum(g y)); of the logarithm: g - exp(y) sum(g).
template <class T>
void softmax_row_backward(bool log, T* dx, const T* g, const T* y, int64_t size) {
  T sum = log ? row_sum<T>(size, [&](int64_t i, auto part) { return part.load(g + i); })
              : row_sum<T>(size, [&](int64_t i, auto part) {
                  return part.load(g + i) * part.load(y + i);
                });
  for_vectors<T>(size, [&](int64_t i, auto part) {
    Vec<T> u = part.load(g + i), v = part.load(y + i);
    part.store(dx + i, log ? u - vexp(v) * sum : v * (u - sum));
  });
}

template <class T, class Part>
void softmax_columns_backward(bool log, T* dx, const T* g, const T* y, int64_t size, int64_t step,
                              Part part) {
  Vec<T> sum = column_sum<T>(size, [&](int64_t i) {
    Vec<T> u = part.load(g + i * step);
    return log ? u : u * part.load(y + i * step);
  });
  for (int64_t i = 0; i < size; ++i) {
    Vec<T> u = part.load(g + i * step), v = part.load(y + i * step);
    part.store(dx + i * step, log ? u - vexp(v) * sum : v * (u - sum));
  }
}

// row(offset) for each row, or columns(offset, part) for each vector of columns.
template <class T, class Row, class Columns>
void along(int64_t outer, int64_t size, int64_t inner, Row row, Columns columns) {
  if (outer * size * inner == 0) return;
  if (inner == 1) {
    parallel(outer, row_grain(8 * size), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) row(i * size);
    });
    return;
  }
  int64_t blocks = (inner + kLanes<T> - 1) / kLanes<T>;
  parallel(outer * blocks, row_grain(8 * size * kLanes<T>), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t column = i % blocks * kLanes<T>, offset = i / blocks * size * inner + column;
      if (inner - column >= kLanes<T>) {
        columns(offset, WholeVector<T>{});
      } else {
        columns(offset, FirstLanes<T>{static_cast<int>(inner - column)});
      }
    }
  });
}

}  // namespace

template <class T>
void softmax(bool log, void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  T* to = static_cast<T*>(y);
  const T* from = static_cast<const T*>(x);
  along<T>(
      outer, size, inner, [&](int64_t at) { softmax_row(log, to + at, from + at, size); },
      [&](int64_t at, auto part) { softmax_columns(log, to + at, from + at, size, inner, part); });
}

template <class T>
void softmax_backward(bool log, void* dx, const void* g, const void* y, int64_t outer, int64_t size,
                      int64_t inner) {
  T* to = static_cast<T*>(dx);
  const T* u = static_cast<const T*>(g);
  const T* v = static_cast<const T*>(y);
  along<T>(
      outer, size, inner,
      [&](int64_t at) { softmax_row_backward(log, to + at, u + at, v + at, size); },
      [&](int64_t at, auto part) {
        softmax_columns_backward(log, to + at, u + at, v + at, size, inner, part);
      });
}

PYDL_FOR_FLOATS(softmax)
PYDL_FOR_FLOATS(softmax_backward)

}  // namespace pydl::PYDL_ISA
