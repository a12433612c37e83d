// Running sums along the middle of x[outer, size, inner]; float sums run in double.
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

}  // namespace

template <class T>
void cumsum(void* y, const void* x, int64_t outer, int64_t size, int64_t inner) {
  parallel_columns(outer, inner, size, kColumns, [&](int64_t o, int64_t begin, int64_t end) {
    const T* from = static_cast<const T*>(x) + o * size * inner;
    T* to = static_cast<T*>(y) + o * size * inner;
    typename RunningOf<T>::type sum[kColumns] = {};
    if (inner == 1) {
      for (int64_t s = 0; s < size; ++s) to[s] = static_cast<T>(sum[0] += from[s]);
      return;
    }
    for (int64_t s = 0; s < size; ++s, from += inner, to += inner) {
      for (int64_t k = begin; k < end; ++k) to[k] = static_cast<T>(sum[k - begin] += from[k]);
    }
  });
}

PYDL_FOR_NUMBERS(cumsum)

}  // namespace pydl::PYDL_ISA
