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

template <class T>
void clamp_float(const Loop& loop, void* y, const void* x, double low, double high,
                 Half half = Half::kNone) {
  if (low != low || high != high) {
    return map_vectors<T>(loop, 1, y, x, [](auto) { return splat(kNaN<T>); }, half);
  }
  map_vectors<T>(
      loop, 1, y, x, [low = T(low), high = T(high)](auto x) { return vclamp(x, low, high); }, half);
}

}  // namespace

template <class T>
void clamp(const Loop& loop, void* y, const void* x, double low, double high) {
  if constexpr (kHalfOf<T> != Half::kNone) {
    clamp_float<float>(loop, y, x, low, high, kHalfOf<T>);
  } else if constexpr (T(0.5) != 0) {
    clamp_float<T>(loop, y, x, low, high);
  } else {
    const T from = integer_bound<T>(low, true), to = integer_bound<T>(high, false);
    map_elements<T, T>(loop, 1, y, x, [from, to](T x) {
      T raised = x > from ? x : from;
      return raised < to ? raised : to;
    });
  }
}

PYDL_FOR_ANY_NUMBERS(clamp)

}  // namespace pydl::PYDL_ISA
