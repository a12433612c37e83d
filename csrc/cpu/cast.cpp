#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kBlock = 512;

// x as an integer of type I, its fraction dropped; NaN and what does not fit give the smallest
// integer, as x86 does everywhere else than in C++.
template <class I, class X>
I truncate(X x) {
  constexpr I kSmallest = static_cast<I>(uint64_t(1) << (sizeof(I) * 8 - 1));
  constexpr X kLimit = -static_cast<X>(kSmallest);
  return x >= -kLimit && x < kLimit ? static_cast<I>(x) : kSmallest;
}

template <class Y, class X>
Y convert_one(X x) {
  constexpr bool kToBool = Y(2) == Y(1);
  constexpr bool kFromFloat = X(0.5) != X(0) && X(0.5) != X(1), kToFloat = Y(0.5) != 0;
  if constexpr (kToBool) {
    return x != 0;
  } else if constexpr (kFromFloat && !kToFloat) {
    // Integers below 32 bits are cut from 32, as PyTorch does.
    if constexpr (sizeof(Y) == 8) return truncate<int64_t>(x);
    return static_cast<Y>(truncate<int32_t>(x));
  } else {
    return static_cast<Y>(x);
  }
}

template <class Y, class X>
[[gnu::noinline]] void convert(Y* y, const X* x, int64_t n) {
  PYDL_INDEPENDENT
  for (int64_t i = 0; i < n; ++i) y[i] = convert_one<Y>(x[i]);
}

uint32_t float_bits(float x) { return __builtin_bit_cast(uint32_t, x); }
float bits_float(uint32_t x) { return __builtin_bit_cast(float, x); }

[[gnu::noinline]] void convert(float* y, const BFloat16* x, int64_t n) {
  PYDL_INDEPENDENT
  for (int64_t i = 0; i < n; ++i) y[i] = bits_float(static_cast<uint32_t>(x[i].bits) << 16);
}
// Rounds to nearest, halves to even.
[[gnu::noinline]] void convert(BFloat16* y, const float* x, int64_t n) {
  PYDL_INDEPENDENT
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits = float_bits(x[i]);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t nan = (bits >> 16 & 0x8000) | 0x7fc0;
    y[i].bits = static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded);
  }
}

float half_to_float(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16, rest = half & 0x7fff;
  // With the exponent's bits in float's place the value is 2^-112 of what it should be,
  // subnormals too.
  float scaled = bits_float(rest << 13) * bits_float(0x77800000);
  uint32_t bits = rest >= 0x7c00 ? 0x7f800000 | rest << 13 : float_bits(scaled);
  return bits_float(sign | bits);
}
// Rounds to nearest, halves to even.
uint16_t float_to_half(float x) {
  uint32_t bits = float_bits(x), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
  uint32_t half;
  if (rest > 0x7f800000) {
    half = 0x7e00;
  } else if (rest >= 0x47800000) {
    half = 0x7c00;
  } else if (rest >= 0x38800000) {
    half = (rest - 0x38000000 + 0xfff + (rest >> 13 & 1)) >> 13;
  } else {
    // Subnormal: adding 1/2 leaves just its bits in the last places, rounded.
    half = float_bits(bits_float(rest) + 0.5f) - 0x3f000000;
  }
  return static_cast<uint16_t>(sign | half);
}
[[gnu::noinline]] void convert(float* y, const Float16* x, int64_t n) {
  int64_t i = 0;
  for (; kConvertsHalf && i + 8 <= n; i += 8) eight_from_half(y + i, &x[i].bits);
  for (; i < n; ++i) y[i] = half_to_float(x[i].bits);
}
[[gnu::noinline]] void convert(Float16* y, const float* x, int64_t n) {
  int64_t i = 0;
  for (; kConvertsHalf && i + 8 <= n; i += 8) eight_to_half(&y[i].bits, x + i);
  for (; i < n; ++i) y[i].bits = float_to_half(x[i]);
}

template <class T>
inline constexpr bool kIsHalf = kHalfOf<T> != Half::kNone;

template <class A, class B>
inline constexpr bool kSame = false;
template <class A>
inline constexpr bool kSame<A, A> = true;

// Half types go by way of float.
template <class Y, class X>
void convert_block(Y* y, const X* x, int64_t n) {
  if constexpr (kSame<X, Y>) {
    __builtin_memcpy(y, x, static_cast<size_t>(n) * sizeof(X));
  } else if constexpr ((!kIsHalf<X> || kSame<Y, float>) && (!kIsHalf<Y> || kSame<X, float>)) {
    convert(y, x, n);
  } else {
    float buffer[kBlock];
    for (int64_t i = 0; i < n; i += kBlock) {
      int64_t count = n - i < kBlock ? n - i : kBlock;
      convert_block(buffer, x + i, count);
      convert_block(y + i, buffer, count);
    }
  }
}

template <class Y, class X>
void cast_to(const Loop& loop, void* y, const void* x) {
  StretchBody body = [](const void*, int64_t n, void* const* operands, uint32_t) {
    convert_block(static_cast<Y*>(operands[0]), static_cast<const X*>(operands[1]), n);
  };
  walk(loop, 1, body, body, y, sizeof(Y), x, sizeof(X));
}

}  // namespace

void from_half(Half half, float* y, const void* x, int64_t n) {
  if (half == Half::kBFloat16) return convert(y, static_cast<const BFloat16*>(x), n);
  convert(y, static_cast<const Float16*>(x), n);
}
void to_half(Half half, void* y, const float* x, int64_t n) {
  if (half == Half::kBFloat16) return convert(static_cast<BFloat16*>(y), x, n);
  convert(static_cast<Float16*>(y), x, n);
}

template <class X>
void cast(const Loop& loop, void* y, DType to, const void* x) {
  switch (to) {
    case DType::kFloat32:
      return cast_to<float, X>(loop, y, x);
    case DType::kFloat64:
      return cast_to<double, X>(loop, y, x);
    case DType::kBFloat16:
      return cast_to<BFloat16, X>(loop, y, x);
    case DType::kFloat16:
      return cast_to<Float16, X>(loop, y, x);
    case DType::kInt64:
      return cast_to<int64_t, X>(loop, y, x);
    case DType::kInt32:
      return cast_to<int32_t, X>(loop, y, x);
    case DType::kInt16:
      return cast_to<int16_t, X>(loop, y, x);
    case DType::kInt8:
      return cast_to<int8_t, X>(loop, y, x);
    case DType::kUInt8:
      return cast_to<uint8_t, X>(loop, y, x);
    case DType::kBool:
      return cast_to<bool, X>(loop, y, x);
  }
}

PYDL_FOR_CASTS(cast)

}  // namespace pydl::PYDL_ISA
