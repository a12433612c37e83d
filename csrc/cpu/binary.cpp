#include "cpu/power.h"
#include "cpu/special.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

// C's fmod, exact. Quotients too large for it, infinities and NaN are libm's.
template <class V>
V vfmod(V x, V y) {
  typedef Lane<V> T;
  constexpr T kLimit = sizeof(T) == 4 ? T(4194304) : T(2251799813685248);
  V q = vtrunc(x / y);
  V p = q * y, r = (x - p) - product_error(q, y, p);
  // x / y may have been rounded up to a whole number.
  r = (r != T(0)) & ((r < T(0)) != (x < T(0))) ? r + vcopysign(y, x) : r;
  r = vcopysign(r, x);
  auto easy = (vabs(q) < kLimit) & (vabs(y) < kInfinity<T>);
  if (any(~easy)) {
    for (int i = 0; i < kLanes<T>; ++i) {
      if (!easy[i]) r[i] = libm::fmod(x[i], y[i]);
    }
  }
  return r;
}

// Python's: the remainder has the divisor's sign.
template <class V>
V remainder(V x, V y) {
  typedef Lane<V> T;
  V r = vfmod(x, y);
  return (r != T(0)) & ((y < T(0)) != (r < T(0))) ? r + y : r;
}

// The largest whole number not above x / y as if that were exact: x - fmod(x, y) divides
// without a fraction but for rounding.
template <class V>
V floor_divide(V x, V y) {
  typedef Lane<V> T;
  V r = vfmod(x, y), q = (x - r) / y;
  q = (r != T(0)) & ((y < T(0)) != (r < T(0))) ? q - T(1) : q;
  V whole = vfloor(q);
  whole = q - whole > T(0.5) ? whole + T(1) : whole;
  whole = q == T(0) ? vcopysign(V{}, x / y) : whole;
  return y == T(0) ? x / y : whole;
}

template <class T>
void binary_float(BinaryOp op, const Loop& loop, void* z, const void* x, const void* y,
                  Half half = Half::kNone) {
  auto vectors = [&](int64_t cost, auto f) { map_vectors<T>(loop, cost, z, x, y, f, half); };
  // What double has of libm, and float in double.
  auto rarely = [&](auto wide, T (*f)(T, T)) {
    if constexpr (sizeof(T) == 4)
      map_vectors<T>(
          loop, 16, z, x, y, [=](auto x, auto y) { return in_double(x, y, wide); }, half);
    else
      map_elements<T, T>(loop, 64, z, x, y, f);
  };
  switch (op) {
    case BinaryOp::kAdd:
      return vectors(1, [](auto x, auto y) { return x + y; });
    case BinaryOp::kSub:
      return vectors(1, [](auto x, auto y) { return x - y; });
    case BinaryOp::kMul:
      return vectors(1, [](auto x, auto y) { return x * y; });
    case BinaryOp::kDiv:
      return vectors(2, [](auto x, auto y) { return x / y; });
    case BinaryOp::kMaximum:
      return vectors(1, [](auto x, auto y) { return vmax(x, y); });
    case BinaryOp::kMinimum:
      return vectors(1, [](auto x, auto y) { return vmin(x, y); });
    case BinaryOp::kFloorDivide:
      return vectors(8, [](auto x, auto y) { return floor_divide(x, y); });
    case BinaryOp::kRemainder:
      return vectors(8, [](auto x, auto y) { return remainder(x, y); });
    case BinaryOp::kFmod:
      return vectors(8, [](auto x, auto y) { return vfmod(x, y); });
    case BinaryOp::kPow:
      return vectors(32, [](auto x, auto y) { return vpow(x, y); });
    case BinaryOp::kAtan2:
      return rarely([](auto y, auto x) { return wide_atan2(y, x); },
                    [](T y, T x) { return libm::atan2(y, x); });
    case BinaryOp::kHypot:
      return rarely([](auto x, auto y) { return wide_hypot(x, y); },
                    [](T x, T y) { return libm::hypot(x, y); });
    case BinaryOp::kCopysign:
      return vectors(1, [](auto x, auto y) { return vcopysign(x, y); });
    case BinaryOp::kFmax:
      return vectors(1, [](auto x, auto y) { return (x > y) | (y != y) ? x : y; });
    case BinaryOp::kFmin:
      return vectors(1, [](auto x, auto y) { return (x < y) | (y != y) ? x : y; });
    default:
      return;  // integers only: the ops refuse it
  }
}

// Overflow wraps: the arithmetic is unsigned, of at least int's size lest it be promoted to int.
template <class T>
struct Unsigned {
  typedef uint32_t type;
};
template <>
struct Unsigned<int64_t> {
  typedef uint64_t type;
};

template <class T>
T negate(T x) {
  typedef typename Unsigned<T>::type U;
  return static_cast<T>(U(0) - static_cast<U>(x));
}

// By zero gives zero, for the ops have refused it; the smallest number by -1 wraps.
template <class T>
T integer_fmod(T x, T y) {
  constexpr bool kSigned = T(-1) < 0;
  return y == 0 || (kSigned && y == T(-1)) ? T(0) : static_cast<T>(x % y);
}

template <class T>
T integer_power(T x, T y) {
  typedef typename Unsigned<T>::type U;
  if (y < 0) return x == 1 ? T(1) : x == T(-1) ? (y & 1 ? T(-1) : T(1)) : T(0);
  U result = 1, base = static_cast<U>(x);
  for (; y != 0; y = static_cast<T>(y >> 1)) {
    if (y & 1) result *= base;
    base *= base;
  }
  return static_cast<T>(result);
}

template <class T>
void binary_integer(BinaryOp op, const Loop& loop, void* z, const void* x, const void* y) {
  typedef typename Unsigned<T>::type U;
  constexpr int kBits = sizeof(T) * 8;
  constexpr bool kSigned = T(-1) < 0;
  auto elements = [&](int64_t cost, auto f) { map_elements<T, T>(loop, cost, z, x, y, f); };
  switch (op) {
    case BinaryOp::kAdd:
      return elements(1, [](T x, T y) { return static_cast<T>(U(x) + U(y)); });
    case BinaryOp::kSub:
      return elements(1, [](T x, T y) { return static_cast<T>(U(x) - U(y)); });
    case BinaryOp::kMul:
      return elements(1, [](T x, T y) { return static_cast<T>(U(x) * U(y)); });
    case BinaryOp::kMaximum:
      return elements(1, [](T x, T y) { return x > y ? x : y; });
    case BinaryOp::kMinimum:
      return elements(1, [](T x, T y) { return x < y ? x : y; });
    case BinaryOp::kFloorDivide:
      return elements(16, [](T x, T y) {
        if (y == 0) return T(0);
        if (kSigned && y == T(-1)) return negate(x);
        T q = static_cast<T>(x / y);
        return static_cast<T>(x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q);
      });
    case BinaryOp::kRemainder:
      return elements(16, [](T x, T y) {
        T r = integer_fmod(x, y);
        return static_cast<T>(r != 0 && (r < 0) != (y < 0) ? r + y : r);
      });
    case BinaryOp::kFmod:
      return elements(16, integer_fmod<T>);
    case BinaryOp::kPow:
      return elements(32, integer_power<T>);
    case BinaryOp::kAnd:
      return elements(1, [](T x, T y) { return static_cast<T>(x & y); });
    case BinaryOp::kOr:
      return elements(1, [](T x, T y) { return static_cast<T>(x | y); });
    case BinaryOp::kXor:
      return elements(1, [](T x, T y) { return static_cast<T>(x ^ y); });
    case BinaryOp::kShiftLeft:
      return elements(1, [](T x, T y) {
        return y < 0 || y >= kBits ? T(0) : static_cast<T>(static_cast<U>(x) << y);
      });
    case BinaryOp::kShiftRight:
      return elements(1, [](T x, T y) {
        if (y < 0 || y >= kBits) return static_cast<T>(x < 0 ? -1 : 0);
        return static_cast<T>(x >> y);
      });
    default:
      return;  // floating only: the ops refuse it
  }
}

}  // namespace

template <class T>
void binary(BinaryOp op, const Loop& loop, void* z, const void* x, const void* y) {
  if constexpr (kHalfOf<T> != Half::kNone) {
    binary_float<float>(op, loop, z, x, y, kHalfOf<T>);
  } else if constexpr (T(0.5) != 0) {
    binary_float<T>(op, loop, z, x, y);
  } else {
    binary_integer<T>(op, loop, z, x, y);
  }
}

PYDL_FOR_ANY_NUMBERS(binary)

}  // namespace pydl::PYDL_ISA
