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

template <bool kProduct, class T>
void run(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  parallel_columns(outer, inner, size, kColumns, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * size * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    typename RunningOf<T>::type so_far[kColumns];
    for (int64_t k = 0; k < kColumns; ++k) so_far[k] = kProduct;
    auto step = [&](int64_t k, T v) {
      return static_cast<T>(kProduct ? so_far[k] *= v : so_far[k] += v);
    };
    if (inner == 1) {
      for (int64_t s = 0; s < size; ++s) to[s] = step(0, from[s]);
      return;
    }
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
