// Mean and sum of squared deviations, in two passes: E[x^2] - E[x]^2 cancels.
#include "cpu/reduce.h"

namespace pydl::PYDL_ISA {

template <class T>
void moments(const Loop& kept, const Loop& reduced, void* mean, void* deviations, const void* x) {
  T* to = static_cast<T*>(mean ? mean : deviations);
  if (!to) return;
  auto sum = [](T* acc, const T* x, int64_t count, int64_t step, const T* shift) {
    take_vectors(acc, x, count, step, shift, [](auto a, auto x, auto) { return a + x; });
  };
  auto squares = [](T* acc, const T* x, int64_t count, int64_t step, const T* shift) {
    take_vectors(acc, x, count, step, shift,
                 [](auto a, auto x, auto mean) { return a + (x - mean) * (x - mean); });
  };
  const T* from = static_cast<const T*>(x);
  Reduction<T> average{sum, T(0), Join::kAdd, Store::kMean, false};
  reduce_space<T>(average, kept, reduced, to, from, nullptr);
  if (!deviations) return;
  Reduction<T> spread{squares, T(0), Join::kAdd, Store::kElement, true};
  reduce_space<T>(spread, kept, reduced, deviations, from, to);
}

PYDL_FOR_FLOATS(moments)

}  // namespace pydl::PYDL_ISA
