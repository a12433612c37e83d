#include "cpu/math.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

// A bound as an integer of type T, saturated: `up` rounds fractions up, and otherwise down.
template <class T>
T integer_bound(double bound, bool up) {
  constexpr int kBits = sizeof(T) * 8;
  constexpr T kSmallest = T(-1) < 0 ? static_cast<T>(uint64_t(1) << (kBits - 1)) : T(0);
  constexpr T kLargest = static_cast<T>(~kSmallest);
  bound = up ? __builtin_ceil(bound) : __builtin_floor(bound);
  // The largest int64 rounds up to 2^63, which is too large to convert.
  if (bound >= static_cast<double>(kLargest)) return kLargest;
  return bound > static_cast<double>(kSmallest) ? static_cast<T>(bound) : kSmallest;
}

}  // namespace

template <class T>
void clamp(const Loop& loop, void* y, const void* x, double low, double high) {
  if constexpr (T(0.5) != 0) {
    map_vectors<T>(loop, 1, y, x, [low = T(low), high = T(high)](auto x) {
      return vmin(vmax(x, splat(low)), splat(high));
    });
  } else {
    const T from = integer_bound<T>(low, true), to = integer_bound<T>(high, false);
    map_elements<T, T>(loop, 1, y, x, [from, to](T x) {
      T raised = x > from ? x : from;
      return raised < to ? raised : to;
    });
  }
}

PYDL_FOR_NUMBERS(clamp)

}  // namespace pydl::PYDL_ISA
