// Running sums along the middle of x[outer, size, inner]; float sums run in double.
#include "cpu/kernels.h"

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

constexpr int64_t kColumns = 64;

}  // namespace

template <class T>
void cumsum(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  if (outer * size * inner == 0) return;
  int64_t blocks = (inner + kColumns - 1) / kColumns;
  int64_t width = inner < kColumns ? inner : kColumns;
  parallel(outer * blocks, row_grain(size * width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t o = i / blocks, column = (i - o * blocks) * kColumns;
      int64_t columns = inner - column < kColumns ? inner - column : kColumns;
      const T* from = static_cast<const T*>(x) + o * size * inner + column;
      T* to = static_cast<T*>(y) + o * size * inner + column;
      typename RunningOf<T>::type sum[kColumns] = {};
      if (inner == 1) {
        for (int64_t s = 0; s < size; ++s) to[s] = static_cast<T>(sum[0] += from[s]);
        continue;
      }
      for (int64_t s = 0; s < size; ++s, from += inner, to += inner) {
        for (int64_t k = 0; k < columns; ++k) to[k] = static_cast<T>(sum[k] += from[k]);
      }
    }
  });
}

PYDL_FOR_NUMBERS(cumsum)

}  // namespace pydl::PYDL_ISA
