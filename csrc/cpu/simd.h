// The one file with intrinsics: vectors of the width that this instruction set has, through the
// compiler's vector extensions, and what those cannot say: masked loads and stores, conversions.
//
//   V x = load(p);  x = x * y + z;  V m = select(x > y, x, y);  store(p, m);
//   load_n(p, n, fill) and store_n(p, x, n) touch the first n lanes only: tails need no second
//   loop.
#pragma once

#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace pydl::PYDL_ISA {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;  // SSE2, NEON
#endif

template <class T>
inline constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
  // Loads and stores go through this one: memcpy into a vector is nine times slower with GCC 12.
  typedef T unaligned __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
};
template <class T>
using Vec = typename VectorOf<T>::type;

// The integer of T's size: comparisons give vectors of it, bit tricks work on it.
template <class T>
struct BitsOf;
template <>
struct BitsOf<float> {
  typedef int32_t type;
};
template <>
struct BitsOf<double> {
  typedef int64_t type;
};
template <class T>
using Bits = typename BitsOf<T>::type;
// Unsigned ones, for arithmetic that may wrap and for logical shifts.
template <class T>
struct UnsignedBitsOf;
template <>
struct UnsignedBitsOf<float> {
  typedef uint32_t type;
};
template <>
struct UnsignedBitsOf<double> {
  typedef uint64_t type;
};
template <class T>
using UnsignedBits = typename UnsignedBitsOf<T>::type;

template <class T>
inline Vec<T> load(const T* p) {
  return *reinterpret_cast<const typename VectorOf<T>::unaligned*>(p);
}
template <class T>
inline void store(T* p, Vec<T> x) {
  *reinterpret_cast<typename VectorOf<T>::unaligned*>(p) = x;
}
template <class T>
inline Vec<T> splat(T x) {
  return x - Vec<T>{};
}
// mask ? a : b, lane by lane; mask comes from a comparison.
template <class T>
inline Vec<T> select(Vec<Bits<T>> mask, Vec<T> a, Vec<T> b) {
  return mask ? a : b;
}
template <class T>
inline Vec<Bits<T>> as_bits(Vec<T> x) {
  return reinterpret_cast<Vec<Bits<T>>>(x);
}
template <class T>
inline Vec<T> from_bits(Vec<Bits<T>> x) {
  return reinterpret_cast<Vec<T>>(x);
}

// The first n lanes from memory (0 <= n <= lanes), the others `fill`; nothing past them is touched.
template <class T>
inline Vec<T> load_n(const T* p, int n, T fill = T(0)) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    __mmask16 mask = static_cast<__mmask16>((1u << n) - 1u);
    return reinterpret_cast<Vec<T>>(
        _mm512_mask_loadu_epi32(reinterpret_cast<__m512i>(splat(fill)), mask, p));
  } else if constexpr (sizeof(T) == 8) {
    __mmask8 mask = static_cast<__mmask8>((1u << n) - 1u);
    return reinterpret_cast<Vec<T>>(
        _mm512_mask_loadu_epi64(reinterpret_cast<__m512i>(splat(fill)), mask, p));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    Vec<int32_t> mask = splat(static_cast<int32_t>(n)) > Vec<int32_t>{0, 1, 2, 3, 4, 5, 6, 7};
    auto x =
        _mm256_maskload_epi32(reinterpret_cast<const int*>(p), reinterpret_cast<__m256i>(mask));
    return mask ? reinterpret_cast<Vec<T>>(x) : splat(fill);
  } else if constexpr (sizeof(T) == 8) {
    Vec<int64_t> mask = splat(static_cast<int64_t>(n)) > Vec<int64_t>{0, 1, 2, 3};
    auto x = _mm256_maskload_epi64(reinterpret_cast<const long long*>(p),
                                   reinterpret_cast<__m256i>(mask));
    return mask ? reinterpret_cast<Vec<T>>(x) : splat(fill);
  }
#endif
  Vec<T> x = splat(fill);
  for (int i = 0; i < n; ++i) x[i] = p[i];
  return x;
}

template <class T>
inline void store_n(T* p, Vec<T> x, int n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_epi32(p, static_cast<__mmask16>((1u << n) - 1u),
                             reinterpret_cast<__m512i>(x));
    return;
  } else if constexpr (sizeof(T) == 8) {
    _mm512_mask_storeu_epi64(p, static_cast<__mmask8>((1u << n) - 1u),
                             reinterpret_cast<__m512i>(x));
    return;
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    Vec<int32_t> mask = splat(static_cast<int32_t>(n)) > Vec<int32_t>{0, 1, 2, 3, 4, 5, 6, 7};
    _mm256_maskstore_epi32(reinterpret_cast<int*>(p), reinterpret_cast<__m256i>(mask),
                           reinterpret_cast<__m256i>(x));
    return;
  } else if constexpr (sizeof(T) == 8) {
    Vec<int64_t> mask = splat(static_cast<int64_t>(n)) > Vec<int64_t>{0, 1, 2, 3};
    _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), reinterpret_cast<__m256i>(mask),
                           reinterpret_cast<__m256i>(x));
    return;
  }
#endif
  for (int i = 0; i < n; ++i) p[i] = x[i];
}

// Lanes 0, 2, 4 ... of a and b put together.
template <class T>
inline Vec<T> evens(Vec<T> a, Vec<T> b) {
#if defined(__clang__)
  if constexpr (kLanes<T> == 2) return __builtin_shufflevector(a, b, 0, 2);
  if constexpr (kLanes<T> == 4) return __builtin_shufflevector(a, b, 0, 2, 4, 6);
  if constexpr (kLanes<T> == 8) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  }
  if constexpr (kLanes<T> == 16) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  }
#else
  Vec<Bits<T>> even;
  for (int i = 0; i < kLanes<T>; ++i) even[i] = 2 * i;
  return __builtin_shuffle(a, b, even);
#endif
}

// f over all lanes of x, where f takes two vectors: fold_lanes<T>(x, [](auto a, auto b) { return a
// + b; })
template <class T, int kStep = kLanes<T> / 2, class F>
inline T fold_lanes(Vec<T> x, F f) {
  if constexpr (kStep == 0) {
    return x[0];
  } else {
#if defined(__clang__)
    Vec<T> y;
    for (int i = 0; i < kLanes<T>; ++i) y[i] = x[i ^ kStep];
#else
    Vec<Bits<T>> lane;
    for (int i = 0; i < kLanes<T>; ++i) lane[i] = i ^ kStep;
    Vec<T> y = __builtin_shuffle(x, lane);
#endif
    return fold_lanes<T, kStep / 2>(f(x, y), f);
  }
}

// The element type of a vector: lets functions of vectors be called without naming it.
template <class V>
struct LaneOf;
template <>
struct LaneOf<Vec<float>> {
  typedef float type;
};
template <>
struct LaneOf<Vec<double>> {
  typedef double type;
};
template <>
struct LaneOf<Vec<int64_t>> {
  typedef int64_t type;
};
template <>
struct LaneOf<Vec<int32_t>> {
  typedef int32_t type;
};
template <>
struct LaneOf<Vec<int16_t>> {
  typedef int16_t type;
};
template <>
struct LaneOf<Vec<int8_t>> {
  typedef int8_t type;
};
template <>
struct LaneOf<Vec<uint8_t>> {
  typedef uint8_t type;
};
template <class V>
using Lane = typename LaneOf<V>::type;

// True if any lane of a comparison's result is set.
template <class M>
inline bool any(M mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(mask), reinterpret_cast<__m512i>(mask));
#elif defined(__AVX2__)
  return _mm256_movemask_epi8(reinterpret_cast<__m256i>(mask)) != 0;
#elif defined(__x86_64__)
  return _mm_movemask_epi8(reinterpret_cast<__m128i>(mask)) != 0;
#else
  auto halves = reinterpret_cast<Vec<int64_t>>(mask);
  return (halves[0] | halves[1]) != 0;
#endif
}

template <class V>
inline V sqrt(V x) {
  constexpr bool kSingle = sizeof(Lane<V>) == 4;
#if defined(__AVX512F__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm512_maskz_sqrt_ps(0xffff, reinterpret_cast<__m512>(x)));
  else
    return reinterpret_cast<V>(_mm512_maskz_sqrt_pd(0xff, reinterpret_cast<__m512d>(x)));
#elif defined(__AVX2__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
  else
    return reinterpret_cast<V>(_mm256_sqrt_pd(reinterpret_cast<__m256d>(x)));
#elif defined(__x86_64__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
  else
    return reinterpret_cast<V>(_mm_sqrt_pd(reinterpret_cast<__m128d>(x)));
#elif defined(__aarch64__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(vsqrtq_f32(reinterpret_cast<float32x4_t>(x)));
  else
    return reinterpret_cast<V>(vsqrtq_f64(reinterpret_cast<float64x2_t>(x)));
#endif
}

// x > y ? x : y and x < y ? x : y, so y where either is NaN: one instruction.
template <bool kLarger, class V>
inline V one_of(V x, V y) {
#if defined(__AVX512F__)
  if constexpr (sizeof(Lane<V>) == 4) {
    auto a = reinterpret_cast<__m512>(x), b = reinterpret_cast<__m512>(y);
    return reinterpret_cast<V>(kLarger ? _mm512_maskz_max_ps(0xffff, a, b)
                                       : _mm512_maskz_min_ps(0xffff, a, b));
  } else {
    auto a = reinterpret_cast<__m512d>(x), b = reinterpret_cast<__m512d>(y);
    return reinterpret_cast<V>(kLarger ? _mm512_maskz_max_pd(0xff, a, b)
                                       : _mm512_maskz_min_pd(0xff, a, b));
  }
#endif
  return kLarger ? (x > y ? x : y) : (x < y ? x : y);
}
// To whole numbers, by the processor's own instruction; kRounds is false where it has none.
enum class Rounding : int { kNearest, kDown, kUp, kToZero };
inline constexpr bool kRounds = kVectorBytes > 16;
template <Rounding kTo, class V>
inline V rounded(V x) {
#if defined(__AVX2__)
  constexpr bool kSingle = sizeof(Lane<V>) == 4;
  constexpr int kMode = static_cast<int>(kTo) | _MM_FROUND_NO_EXC;
#if defined(__AVX512F__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(
        _mm512_maskz_roundscale_ps(0xffff, reinterpret_cast<__m512>(x), kMode));
  else
    return reinterpret_cast<V>(
        _mm512_maskz_roundscale_pd(0xff, reinterpret_cast<__m512d>(x), kMode));
#else
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm256_round_ps(reinterpret_cast<__m256>(x), kMode));
  else
    return reinterpret_cast<V>(_mm256_round_pd(reinterpret_cast<__m256d>(x), kMode));
#endif
#else
  return x;
#endif
}

// x * y - product, the rounding error of product = x * y. To be spelled out: a compiler that
// contracts expressions may as well see that the difference "is" zero.
template <class V>
inline V product_error(V x, V y, V product) {
  constexpr bool kSingle = sizeof(Lane<V>) == 4;
#if defined(__AVX512F__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm512_fmsub_ps(reinterpret_cast<__m512>(x),
                                               reinterpret_cast<__m512>(y),
                                               reinterpret_cast<__m512>(product)));
  else
    return reinterpret_cast<V>(_mm512_fmsub_pd(reinterpret_cast<__m512d>(x),
                                               reinterpret_cast<__m512d>(y),
                                               reinterpret_cast<__m512d>(product)));
#elif defined(__AVX2__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(_mm256_fmsub_ps(reinterpret_cast<__m256>(x),
                                               reinterpret_cast<__m256>(y),
                                               reinterpret_cast<__m256>(product)));
  else
    return reinterpret_cast<V>(_mm256_fmsub_pd(reinterpret_cast<__m256d>(x),
                                               reinterpret_cast<__m256d>(y),
                                               reinterpret_cast<__m256d>(product)));
#elif defined(__aarch64__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(vfmaq_f32(reinterpret_cast<float32x4_t>(-product),
                                         reinterpret_cast<float32x4_t>(x),
                                         reinterpret_cast<float32x4_t>(y)));
  else
    return reinterpret_cast<V>(vfmaq_f64(reinterpret_cast<float64x2_t>(-product),
                                         reinterpret_cast<float64x2_t>(x),
                                         reinterpret_cast<float64x2_t>(y)));
#else
  // Veltkamp's splitting by masks: the halves' products are exact.
  typedef Lane<V> T;
  auto top = splat(static_cast<Bits<T>>(kSingle ? -0x1000 : -0x8000000));
  V xh = from_bits<T>(as_bits<T>(x) & top), yh = from_bits<T>(as_bits<T>(y) & top);
  V xl = x - xh, yl = y - yh;
  return ((xh * yh - product) + xh * yl + xl * yh) + xl * yl;
#endif
}

// x * 2^k for whole k, |k| at most 2000 (double) or 250 (float): right also where the result is
// subnormal or infinite.
template <class V>
inline V scale_by_power(V x, V k) {
  typedef Lane<V> T;
  constexpr bool kSingle = sizeof(T) == 4;
#if defined(__AVX512F__)
  if constexpr (kSingle)
    return reinterpret_cast<V>(
        _mm512_maskz_scalef_ps(0xffff, reinterpret_cast<__m512>(x), reinterpret_cast<__m512>(k)));
  else
    return reinterpret_cast<V>(
        _mm512_maskz_scalef_pd(0xff, reinterpret_cast<__m512d>(x), reinterpret_cast<__m512d>(k)));
#else
  // In two factors, for either alone could leave the range. 1.5 * 2^mantissa + k has k in its low
  // bits.
  constexpr int kMantissa = kSingle ? 23 : 52;
  constexpr Bits<T> kBias = kSingle ? 127 : 1023;
  const V magic = splat(kSingle ? T(12582912) : T(6755399441055744));
  auto all = as_bits<T>(k + magic), half = as_bits<T>(k * T(0.5) + magic);
  return x * from_bits<T>((half + kBias) << kMantissa) *
         from_bits<T>((all - half + kBias) << kMantissa);
#endif
}

// A vector of floats as two of doubles, and back.
struct Doubles {
  Vec<double> low, high;
};
inline Doubles widen(Vec<float> x) {
#if defined(__AVX512F__)
  auto v = reinterpret_cast<__m512>(x);
  return {reinterpret_cast<Vec<double>>(
              _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, v, 0))),
          reinterpret_cast<Vec<double>>(
              _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, v, 1)))};
#elif defined(__AVX2__)
  auto v = reinterpret_cast<__m256>(x);
  return {reinterpret_cast<Vec<double>>(_mm256_cvtps_pd(_mm256_castps256_ps128(v))),
          reinterpret_cast<Vec<double>>(_mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)))};
#elif defined(__x86_64__)
  auto v = reinterpret_cast<__m128>(x);
  return {reinterpret_cast<Vec<double>>(_mm_cvtps_pd(v)),
          reinterpret_cast<Vec<double>>(_mm_cvtps_pd(_mm_movehl_ps(v, v)))};
#else
  return {Vec<double>{x[0], x[1]}, Vec<double>{x[2], x[3]}};
#endif
}
inline Vec<float> narrow(Doubles x) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vec<float>>(_mm512_insertf32x8(
      _mm512_castps256_ps512(_mm512_maskz_cvtpd_ps(0xff, reinterpret_cast<__m512d>(x.low))),
      _mm512_maskz_cvtpd_ps(0xff, reinterpret_cast<__m512d>(x.high)), 1));
#elif defined(__AVX2__)
  return reinterpret_cast<Vec<float>>(
      _mm256_set_m128(_mm256_cvtpd_ps(reinterpret_cast<__m256d>(x.high)),
                      _mm256_cvtpd_ps(reinterpret_cast<__m256d>(x.low))));
#elif defined(__x86_64__)
  return reinterpret_cast<Vec<float>>(
      _mm_movelh_ps(_mm_cvtpd_ps(reinterpret_cast<__m128d>(x.low)),
                    _mm_cvtpd_ps(reinterpret_cast<__m128d>(x.high))));
#else
  return Vec<float>{static_cast<float>(x.low[0]), static_cast<float>(x.low[1]),
                    static_cast<float>(x.high[0]), static_cast<float>(x.high[1])};
#endif
}

// The 64-bit products of the low halves of each lane.
inline Vec<uint64_t> multiply_halves(Vec<uint64_t> x, Vec<uint64_t> y) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vec<uint64_t>>(
      _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
#elif defined(__AVX2__)
  return reinterpret_cast<Vec<uint64_t>>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
#elif defined(__x86_64__)
  return reinterpret_cast<Vec<uint64_t>>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(x), reinterpret_cast<__m128i>(y)));
#else
  return (x & 0xffffffff) * (y & 0xffffffff);
#endif
}

// In each 128 bits, (x[0], y[0]) and (x[1], y[1]).
inline Vec<uint64_t> interleave_even(Vec<uint64_t> x, Vec<uint64_t> y) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vec<uint64_t>>(_mm512_maskz_unpacklo_epi64(
      0xff, reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
#elif defined(__AVX2__)
  return reinterpret_cast<Vec<uint64_t>>(
      _mm256_unpacklo_epi64(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
#else
  return Vec<uint64_t>{x[0], y[0]};
#endif
}
inline Vec<uint64_t> interleave_odd(Vec<uint64_t> x, Vec<uint64_t> y) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vec<uint64_t>>(_mm512_maskz_unpackhi_epi64(
      0xff, reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(y)));
#elif defined(__AVX2__)
  return reinterpret_cast<Vec<uint64_t>>(
      _mm256_unpackhi_epi64(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(y)));
#else
  return Vec<uint64_t>{x[1], y[1]};
#endif
}

// Transposes a 4 x 4 block of 4-byte words: y[i * y_step + j] = x[j * x_step + i].
inline void transpose_4x4(uint32_t* y, int64_t y_step, const uint32_t* x, int64_t x_step) {
#if defined(__x86_64__)
  auto row = [&](int j) { return _mm_loadu_ps(reinterpret_cast<const float*>(x + j * x_step)); };
  __m128 a = row(0), b = row(1), c = row(2), d = row(3);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(reinterpret_cast<float*>(y), a);
  _mm_storeu_ps(reinterpret_cast<float*>(y + y_step), b);
  _mm_storeu_ps(reinterpret_cast<float*>(y + 2 * y_step), c);
  _mm_storeu_ps(reinterpret_cast<float*>(y + 3 * y_step), d);
#elif defined(__aarch64__)
  uint32x4x4_t rows;
  for (int j = 0; j < 4; ++j) rows.val[j] = vld1q_u32(x + j * x_step);
  uint32x4x2_t ab = vtrnq_u32(rows.val[0], rows.val[1]), cd = vtrnq_u32(rows.val[2], rows.val[3]);
  vst1q_u32(y, vcombine_u32(vget_low_u32(ab.val[0]), vget_low_u32(cd.val[0])));
  vst1q_u32(y + y_step, vcombine_u32(vget_low_u32(ab.val[1]), vget_low_u32(cd.val[1])));
  vst1q_u32(y + 2 * y_step, vcombine_u32(vget_high_u32(ab.val[0]), vget_high_u32(cd.val[0])));
  vst1q_u32(y + 3 * y_step, vcombine_u32(vget_high_u32(ab.val[1]), vget_high_u32(cd.val[1])));
#else
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) y[i * y_step + j] = x[j * x_step + i];
  }
#endif
}

// Half precision, by the processor's own conversion; false where it has none.
inline constexpr bool kConvertsHalf =
#if defined(__F16C__)
    true;
#else
    false;
#endif
// Eight at a time.
inline void eight_from_half([[maybe_unused]] float* y, [[maybe_unused]] const uint16_t* x) {
#if defined(__F16C__)
  _mm256_storeu_ps(y, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x))));
#endif
}
inline void eight_to_half([[maybe_unused]] uint16_t* y, [[maybe_unused]] const float* x) {
#if defined(__F16C__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm256_cvtps_ph(_mm256_loadu_ps(x), 0));
#endif
}

// Products of bfloat16 by the processor's instruction, which not all that have AVX-512 have.
inline constexpr bool kCompilesPairs = kVectorBytes == 64;
#if defined(__AVX512F__)
inline bool multiplies_pairs() { return __builtin_cpu_supports("avx512bf16"); }
// sum + x[2 i + 1] y[2 i + 1] + x[2 i] y[2 i]; subnormal numbers count as 0, in results too.
inline Vec<float> add_pairs(Vec<float> sum, Vec<float> x, Vec<float> y) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
  return sum;
}
typedef uint16_t SixteenHalves __attribute__((vector_size(32)));
inline SixteenHalves to_bfloat16(Vec<float> x) {
  SixteenHalves y;
  asm("vcvtneps2bf16 %1, %0" : "=v"(y) : "v"(x));
  return y;
}
// The first n lanes.
inline void store_halves(uint16_t* p, SixteenHalves x, int n) {
  _mm256_mask_storeu_epi16(p, static_cast<__mmask16>((1u << n) - 1u), reinterpret_cast<__m256i>(x));
}
typedef uint16_t Halves __attribute__((vector_size(64)));
// The first n of 32 lanes, 0 in the others.
inline Halves load_halves(const uint16_t* p, int n) {
  return reinterpret_cast<Halves>(
      _mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint64_t(1) << n) - 1u), p));
}
inline Vec<float> permute(Halves x, Halves at, Halves y) {
  return reinterpret_cast<Vec<float>>(_mm512_permutex2var_epi16(
      reinterpret_cast<__m512i>(x), reinterpret_cast<__m512i>(at), reinterpret_cast<__m512i>(y)));
}
// x0 y0 x1 y1 ... of the lower or the upper halves.
inline Vec<float> pair_lower(Halves x, Halves y) {
  const Halves at = {0, 32, 1, 33, 2,  34, 3,  35, 4,  36, 5,  37, 6,  38, 7,  39,
                     8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
  return permute(x, at, y);
}
inline Vec<float> pair_upper(Halves x, Halves y) {
  const Halves at = {16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55,
                     24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63};
  return permute(x, at, y);
}
#endif

}  // namespace pydl::PYDL_ISA
