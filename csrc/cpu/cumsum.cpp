// Running sums and products along the middle of x[outer, size, inner]; floats run in double.
#include "cpu/columns.h"

namespace pydl::PYDL_ISA {
namespace {

template <class T>
struct RunningOf {
  using type = uint64_t;  // integers wrap round
};
template <>
struct RunningOf<float> {
  using type = double;
};
template <>
struct RunningOf<double> {
  using type = double;
};

constexpr int64_t kColumns = 256;

// kRows rows at once: one alone would wait for each of its additions.
template <bool kProduct, int kRows, class T>
void run_rows(T* y, const T* x, int64_t size) {
  typename RunningOf<T>::type so_far[kRows];
  for (auto& v : so_far) v = kProduct;
  for (int64_t s = 0; s < size; ++s) {
    for (int k = 0; k < kRows; ++k) {
      const T v = x[k * size + s];
      y[k * size + s] = static_cast<T>(kProduct ? so_far[k] *= v : so_far[k] += v);
    }
  }
}

template <bool kProduct, class T>
void run(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  constexpr int kRows = 4;
  if (inner == 1) {
    const int64_t groups = (outer + kRows - 1) / kRows;
    parallel(size == 0 ? 0 : groups, row_grain(kRows * size), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin * kRows; o < end * kRows && o < outer; o += kRows) {
        T* to = static_cast<T*>(y) + o * size;
        const T* from = static_cast<const T*>(x) + o * size;
        if (o + kRows <= outer) {
          run_rows<kProduct, kRows>(to, from, size);
        } else {
          for (int64_t k = 0; k < outer - o; ++k) {
            run_rows<kProduct, 1>(to + k * size, from + k * size, size);
          }
        }
      }
    });
    return;
  }
  parallel_columns(outer, inner, size, kColumns, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * size * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    typename RunningOf<T>::type so_far[kColumns];
    for (int64_t k = 0; k < kColumns; ++k) so_far[k] = kProduct;
    auto step = [&](int64_t k, T v) {
      return static_cast<T>(kProduct ? so_far[k] *= v : so_far[k] += v);
    };
    for (int64_t s = 0; s < size; ++s, from += inner, to += inner) {
      for (int64_t k = begin; k < end; ++k) to[k] = step(k - begin, from[k]);
    }
  });
}

}  // namespace

template <class T>
void cumsum(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  run<false, T>(y, x, outer, size, inner);
}

template <class T>
void cumprod(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  run<true, T>(y, x, outer, size, inner);
}

PYDL_FOR_NUMBERS(cumsum)
PYDL_FOR_NUMBERS(cumprod)

}  // namespace pydl::PYDL_ISA
