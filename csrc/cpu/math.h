// Elementary functions of whole vectors, for float and double. Each is called with vectors and
// takes its type from them: vexp(x). Exact at +-0, +-inf and NaN, right for subnormals and at the
// limits of the range. The error given with each is the largest found on dense samples of its whole
// range, over all instruction sets, in units in the last place of the exact result: first float,
// then double.
//
// Polynomials are minimax fits (Remez, relative error below 2^-27 for float and 2^-57 for double);
// the argument reductions are the classical ones of Cody and Waite.
#pragma once

#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

template <class T>
inline constexpr int kMantissaBits = sizeof(T) == 4 ? 23 : 52;
template <class T>
inline constexpr Bits<T> kExponentBias = sizeof(T) == 4 ? 127 : 1023;
// 1.5 * 2^mantissa bits: adding it rounds to a whole number, which then stands in the low bits.
template <class T>
inline constexpr T kRounder = sizeof(T) == 4 ? T(12582912) : T(6755399441055744);
template <class T>
inline constexpr T kInfinity = T(__builtin_inf());
template <class T>
inline constexpr T kNaN = T(__builtin_nan(""));

// c0 + c1 x + c2 x^2 + ...
template <class V>
inline V polynomial(V, Lane<V> c0) {
  return splat(c0);
}
template <class V, class... C>
inline V polynomial(V x, Lane<V> c0, C... more) {
  return polynomial(x, static_cast<Lane<V>>(more)...) * x + c0;
}

template <class V>
inline auto sign_bit(V x) {
  typedef Lane<V> T;
  return as_bits<T>(x) & (Bits<T>(1) << (sizeof(T) * 8 - 1));
}
template <class V>
inline V vabs(V x) {
  typedef Lane<V> T;
  return from_bits<T>(as_bits<T>(x) & ~(Bits<T>(1) << (sizeof(T) * 8 - 1)));
}
// |x| with the sign of s.
template <class V>
inline V vcopysign(V x, V s) {
  return from_bits<Lane<V>>(as_bits<Lane<V>>(vabs(x)) | sign_bit(s));
}
// The larger and the smaller; y where either is NaN.
template <class V>
inline V vlarger(V x, V y) {
  return one_of<true>(x, y);
}
template <class V>
inline V vsmaller(V x, V y) {
  return one_of<false>(x, y);
}
// The same; NaN if either is.
template <class V>
inline V vmax(V x, V y) {
  return x != x ? x : vlarger(x, y);
}
template <class V>
inline V vmin(V x, V y) {
  return x != x ? x : vsmaller(x, y);
}
// x held in [low, high]; NaN stays.
template <class V>
inline V vclamp(V x, Lane<V> low, Lane<V> high) {
  return vsmaller(splat(high), vlarger(splat(low), x));
}
// Correctly rounded.
template <class V>
inline V vsqrt(V x) {
  return sqrt(x);
}

// To whole numbers, exact; the sign of zero stays. vround: halves to even.
template <class V>
inline V vround(V x) {
  if constexpr (kRounds) return rounded<Rounding::kNearest>(x);
  typedef Lane<V> T;
  constexpr T kWhole = sizeof(T) == 4 ? T(8388608) : T(4503599627370496);
  V a = vabs(x);
  V r = (a + kWhole) - kWhole;
  return vcopysign(a < kWhole ? r : a, x);
}
template <class V>
inline V vfloor(V x) {
  if constexpr (kRounds) return rounded<Rounding::kDown>(x);
  V r = vround(x);
  return vcopysign(r > x ? r - Lane<V>(1) : r, x);
}
template <class V>
inline V vceil(V x) {
  if constexpr (kRounds) return rounded<Rounding::kUp>(x);
  V r = vround(x);
  return vcopysign(r < x ? r + Lane<V>(1) : r, x);
}
template <class V>
inline V vtrunc(V x) {
  if constexpr (kRounds) return rounded<Rounding::kToZero>(x);
  V a = vabs(x), r = vround(a);
  return vcopysign(r > a ? r - Lane<V>(1) : r, x);
}

// 2^k for whole k in [1 - bias, bias].
template <class V>
inline V power_of_two(V k) {
  typedef Lane<V> T;
  // The shift drops all but the exponent.
  return from_bits<T>(as_bits<T>(k + (kRounder<T> + T(kExponentBias<T>))) << kMantissaBits<T>);
}

// x = k ln 2 + r + tail with |r| <= ln(2) / 2.
template <class V>
struct Log2Reduced {
  V k, r, tail;
};
template <class V>
inline Log2Reduced<V> reduce_by_log2(V x) {
  typedef Lane<V> T;
  constexpr bool kSingle = sizeof(T) == 4;
  constexpr T kHigh = kSingle ? T(0.693145751953125) : T(0.6931471804855391);
  constexpr T kLow = kSingle ? T(1.42860682e-06) : T(7.440617110012397e-11);
  V k = (x * T(1.4426950408889634) + kRounder<T>)-kRounder<T>;
  V high = x - k * kHigh;  // exact
  V low = k * kLow;
  V r = high - low;
  return {k, r, (high - r) - low};
}

// exp(x), or exp(x + tail) for a small tail, as 2^k p; |x| <= 1400 (double), 170 (float).
template <class V>
struct Exponential {
  V k, p;
};
template <class V>
inline V exp_reduced(V r) {  // exp(r) for |r| <= ln(2) / 2
  typedef Lane<V> T;
  V q;
  if constexpr (sizeof(T) == 4) {
    q = polynomial(r, 0.4999999403953552, 0.1666651964187622, 0.04166840761899948,
                   0.008368921466171741, 0.0013814227422699332);
  } else {
    q = polynomial(r, 0.5000000000000011, 0.16666666666666405, 0.04166666666652701,
                   0.008333333333498241, 0.0013888888944576668, 0.0001984126950069565,
                   2.4801492013214203e-05, 2.755758950899674e-06, 2.763066829700063e-07,
                   2.4999749983428557e-08);
  }
  return r * r * q + r + T(1);
}
template <class V, class... Tail>
inline Exponential<V> exp_parts(V x, Tail... tail) {
  auto [k, r, rest] = reduce_by_log2(x);
  return {k, exp_reduced((r + ... + tail))};
}
template <class V, class... Tail>
inline V exp_core(V x, Tail... tail) {
  auto [k, p] = exp_parts(x, tail...);
  return scale_by_power(p, k);
}
template <class T>
inline constexpr T kExpLimit = sizeof(T) == 4 ? T(110) : T(760);  // past it exp is 0 or infinite
// Error: 1.1 ulp, 1.1 ulp.
template <class V>
inline V vexp(V x) {
  typedef Lane<V> T;
  return exp_core(vclamp(x, -kExpLimit<T>, kExpLimit<T>));
}
// Of x <= 0.
template <class V>
inline V vexp_below(V x) {
  typedef Lane<V> T;
  return exp_core(vlarger(splat(-kExpLimit<T>), x));
}

// Error: 1.1, 1.2.
template <class V>
inline V vexpm1(V x) {
  typedef Lane<V> T;
  auto [k, r, tail] = reduce_by_log2(vclamp(x, T(-60), sizeof(T) == 4 ? T(110) : T(760)));
  V q;
  if constexpr (sizeof(T) == 4) {
    q = polynomial(r, 0.5, 0.1666666716337204, 0.04166635125875473, 0.00833327230066061,
                   0.001394130871631205, 0.00019914681615773588);
  } else {
    q = polynomial(r, 0.5, 0.16666666666666677, 0.041666666666666706, 0.008333333333321345,
                   0.0013888888888866245, 0.00019841269886938632, 2.4801587361720247e-05,
                   2.7557243313578308e-06, 2.755724177158741e-07, 2.5109373821276776e-08,
                   2.0924746732725976e-09);
  }
  // 2^k (1 - 2^-k + r + r^2 q), the rounding of the first sum carried over. Past 2^-100 the
  // power is nothing, and its exponent would not fit.
  V whole = T(1) - power_of_two(vmax(-k, splat(T(-100))));
  V sum = whole + r;
  V y = scale_by_power(sum + (r * r * q + ((whole - sum) + r + tail)), k);
  return from_bits<T>(as_bits<T>(y) | sign_bit(x));
}

// 2^x. Error: 1.1, 1.1.
template <class V>
inline V vexp2(V x) {
  typedef Lane<V> T;
  x = vclamp(x, sizeof(T) == 4 ? T(-160) : T(-1100), sizeof(T) == 4 ? T(140) : T(1100));
  V k = (x + kRounder<T>)-kRounder<T>;
  return scale_by_power(exp_reduced((x - k) * T(0.6931471805599453)), k);
}

// x = 2^k m, positive and normal, with m in [sqrt(1/2), sqrt(2)).
template <class V>
struct Binary {
  V k, m;
};
template <class V>
inline Binary<V> split_binary(V x) {
  typedef Lane<V> T;
  constexpr bool kSingle = sizeof(T) == 4;
  constexpr int kShift = kMantissaBits<T>;
  typedef UnsignedBits<T> U;
  constexpr U kRootHalf = static_cast<U>(kSingle ? 0x3f3504f3 : 0x3fe6a09e667f3bcd);
  constexpr U kFraction = (U(1) << kShift) - 1;
  auto bits = reinterpret_cast<Vec<U>>(x) + ((U(kExponentBias<T>) << kShift) - kRootHalf);
  constexpr T kTwoTo = kSingle ? T(8388608) : T(4503599627370496);
  auto exponent = (bits >> kShift) | reinterpret_cast<Vec<U>>(splat(kTwoTo));
  V k = reinterpret_cast<V>(exponent) - (kTwoTo + T(kExponentBias<T>));
  return {k, reinterpret_cast<V>((bits & kFraction) + kRootHalf)};
}
// Subnormals times 2^54 (double), 2^25 (float); `shift` is that exponent or 0.
template <class V>
inline Binary<V> split_any(V x) {
  typedef Lane<V> T;
  constexpr bool kSingle = sizeof(T) == 4;
  constexpr T kSmallest = kSingle ? T(1.17549435e-38) : T(2.2250738585072014e-308);
  auto tiny = x < kSmallest;
  auto [k, m] = split_binary(tiny ? x * (kSingle ? T(33554432) : T(18014398509481984)) : x);
  return {k - (tiny ? splat(kSingle ? T(25) : T(54)) : V{}), m};
}
// k ln 2 + log(1 + f), f in [sqrt(1/2) - 1, sqrt(2) - 1].
template <class V>
inline V log_core(V k, V f) {
  typedef Lane<V> T;
  if constexpr (sizeof(T) == 4) {
    V square = f * f;
    V p = polynomial(f, 0.3333331048488617, -0.24999985098838806, 0.2000223994255066,
                     -0.1666930615901947, 0.14218364655971527, -0.12383125722408295,
                     0.11874331086874008, -0.11798219382762909, 0.0692221075296402);
    V low = k * T(1.42860682e-06) + square * f * p - square * T(0.5);
    return k * T(0.693145751953125) + (f + low);
  } else {
    V s = f / (f + T(2)), z = s * s, half = f * f * T(0.5);
    V p = z * polynomial(z, 0.6666666666666666, 0.40000000000006297, 0.2857142856906657,
                         0.22222222649944043, 0.18181775400116287, 0.15387102810771375,
                         0.1324983830611906, 0.13253933906369822);
    V low = s * (half + p) + k * T(7.440617110012397e-11);
    return k * T(0.6931471804855391) - ((half - low) - f);
  }
}
// y = log(x), right for x of zero, infinity, NaN and below zero.
template <class V>
inline V log_limits(V x, V y) {
  typedef Lane<V> T;
  V special = x == T(0) ? splat(-kInfinity<T>) : x > T(0) ? x : splat(kNaN<T>);
  return (x > T(0)) & (x < kInfinity<T>) ? y : special;
}
// True where x is not a positive normal number.
template <class V>
inline auto not_normal(V x) {
  typedef UnsignedBits<Lane<V>> U;
  constexpr U kSmallest = U(1) << kMantissaBits<Lane<V>>;
  constexpr U kInfinityBits = (U(kExponentBias<Lane<V>>) * 2 + 1) << kMantissaBits<Lane<V>>;
  return reinterpret_cast<Vec<U>>(x) - kSmallest >= kInfinityBits - kSmallest;
}
template <class V>
[[gnu::noinline]] V log_any(V x) {
  auto [k, m] = split_any(x);
  return log_limits(x, log_core(k, m - Lane<V>(1)));
}
// Error: 0.8, 0.9.
template <class V>
inline V vlog(V x) {
  if (any(not_normal(x))) [[unlikely]]
    return log_any(x);
  auto [k, m] = split_binary(x);
  return log_core(k, m - Lane<V>(1));
}
// Error: 1.4, 1.4.
template <class V>
inline V vlog1p(V x) {
  typedef Lane<V> T;
  V u = x + T(1);
  V lost = vabs(x) < T(1) ? x - (u - T(1)) : T(1) - (u - x);
  auto [k, m] = split_binary(u);
  V f = k == T(0) ? x : (m - T(1)) + lost * power_of_two(vmax(-k, splat(T(-100))));
  V y = log_core(k, f);
  if (any(not_normal(u))) [[unlikely]]
    y = log_limits(u, y);
  return from_bits<T>(as_bits<T>(y) | sign_bit(x));
}

// The logarithm of base b: k log_b(2) + log(m) / ln(b), exact for powers of two and base 2.
template <class V>
inline V log_of_base(V x, Lane<V> two_high, Lane<V> two_low, Lane<V> inverse) {
  auto [k, m] = split_any(x);
  V y = log_core(V{}, m - Lane<V>(1));
  y = k * two_high + (y * inverse + k * two_low);
  return any(not_normal(x)) ? log_limits(x, y) : y;
}
// Error: 1.8, 1.7.
template <class V>
inline V vlog2(V x) {
  return log_of_base(x, 1, 0, Lane<V>(1.4426950408889634));
}
// Error: 2.0, 1.8.
template <class V>
inline V vlog10(V x) {
  constexpr bool kSingle = sizeof(Lane<V>) == 4;
  return log_of_base(x, kSingle ? Lane<V>(0.301025390625) : Lane<V>(0.30102999566361177),
                     kSingle ? Lane<V>(4.6050390e-06) : Lane<V>(3.694239077158931e-13),
                     Lane<V>(0.4342944819032518));
}

// 1 / (1 + exp(-x)), without loss where it is tiny. Error: 1.9, 2.0.
template <class V>
inline V vsigmoid(V x) {
  typedef Lane<V> T;
  auto negative = x < T(0);
  V e = vexp_below(-vabs(x)), d = e + T(1), lost = e - (d - T(1));
  V q = (negative ? e : splat(T(1))) / d;
  // What d lost, over d, which is 1 - q or q.
  return q - q * (negative ? T(1) - q : q) * lost;
}
// Error: 1.5, 1.5.
template <class V>
inline V vtanh(V x) {
  typedef Lane<V> T;
  V a = vabs(x), z = x * x, p, t = a * T(-2);
  if constexpr (sizeof(T) == 4) {
    p = polynomial(z, -0.33333298563957214, 0.13331907987594604, -0.05378222092986107,
                   0.020789993926882744, -0.005887606646865606);
  } else {
    p = polynomial(z, -0.3333333333333312, 0.13333333333298647, -0.05396825394878269,
                   0.021869487989832036, -0.008863226597003726, 0.003592035804849412,
                   -0.0014552066165886405, 0.0005871573905965814, -0.00023032885792099127,
                   7.92301536098118e-05, -1.713425318797983e-05);
  }
  // 1 - 2 e / (1 + e), e = exp(-2 a)
  auto [k, e] = exp_parts(vlarger(splat(T(-60)), t));
  V twice = e * power_of_two(k + T(1));
  V large = T(1) - twice / (twice * T(0.5) + T(1));
  return vcopysign(a < T(0.6) ? a * z * p + a : large, x);
}

// Error: 1.8, 1.2.
template <class V>
inline V verf(V x) {
  typedef Lane<V> T;
  V a = vabs(x), z = x * x, small, large;
  if constexpr (sizeof(T) == 4) {
    small = x * polynomial(z, 0.12837916612625122, -0.37612634897232056, 0.11283715069293976,
                           -0.02686050906777382, 0.005203859880566597, -0.0008175646071322262,
                           8.51313307066448e-05) +
            x;
    // log(erfc(x)) is smooth.
    V t = vmin(a, splat(T(4)));
    large = T(1) -
            exp_core(polynomial(t, 0.00016921029600780457, -1.129488468170166, -0.6334008978439331,
                                -0.10822044312953949, 0.02508065477013588, -0.00415626959875226,
                                0.00043139667832292616, -2.0828894776059315e-05));
    small = a < T(0.9) ? small : vcopysign(large, x);
  } else {
    small = x * polynomial(z, 0.1283791670955126, -0.3761263890318375, 0.11283791670954857,
                           -0.026866170645072893, 0.005223977624780846, -0.0008548326978741064,
                           0.00012055331036860156, -1.4925593506039327e-05, 1.6460972805633744e-06,
                           -1.6350025131339397e-07, 1.4657879450379759e-08, -1.1365665359714586e-09,
                           5.945262311366498e-11) +
            x;
    // exp(x^2) erfc(x) (x + 2), in (x - 2) / (x + 2).
    V t = vmin(a, splat(T(6))), inverse = T(1) / (t + T(2));
    V tail = polynomial((t - T(2)) * inverse, 1.021582705242023, -0.6871606844137996,
                        0.27947209255612854, -0.03644223151105997, -0.021510661939985406,
                        0.006479185238909258, 0.003090616740287663, -0.0008372828077895057,
                        -0.0006631737378849251, 3.372505984760375e-05, 0.00014400904376363365,
                        3.9564219890969605e-05, -5.0612417810716765e-06);
    large = T(1) - exp_core(-(t * t)) * (tail * inverse);
    small = a < T(1) ? small : vcopysign(large, x);
  }
  return small;
}

// x = n pi/2 + r + tail, |r| <= pi/4; n stands in the low bits.
template <class V>
struct Quadrant {
  Vec<Bits<Lane<V>>> n;
  V r, tail;
};
// Beyond this the reduction loses digits, and libm does the lane.
template <class T>
inline constexpr T kCircularLimit = sizeof(T) == 4 ? T(12000) : T(1e6);
template <class V>
inline Quadrant<V> reduce_by_quadrant(V x) {
  typedef Lane<V> T;
  V turned = x * T(0.6366197723675814) + kRounder<T>, k = turned - kRounder<T>;
  if constexpr (sizeof(T) == 4) {
    // Parts of 11 bits times 13 of k: exact.
    V r = x - k * T(1.5703125) - k * T(0.0004837512969970703);
    V sum = r - k * T(7.549533620476723e-08);
    V rest = (r - sum) - k * T(7.549533620476723e-08);
    V low = k * T(2.563344e-12);
    V last = sum - low;
    return {as_bits<T>(turned), last, ((sum - last) - low) + rest};
  } else {
    // Parts of 33 bits times 20 of k: exact.
    V first = x - k * T(1.5707963267341256);
    V second = k * T(6.077100506303966e-11);
    V r = first - second;
    V tail = ((first - r) - second) - k * T(2.0222662487959506e-21);
    V sum = r + tail;
    return {as_bits<T>(turned), sum, (r - sum) + tail};
  }
}
// sin(x + quarter pi/2) from a reduced x.
template <class V>
inline V circular_core(Quadrant<V> q, int quarter) {
  typedef Lane<V> T;
  V r = q.r, z = r * r, s, c;
  if constexpr (sizeof(T) == 4) {
    s = polynomial(z, -0.1666666716337204, 0.008333329111337662, -0.00019839320157188922,
                   2.7181663426745217e-06);
    c = polynomial(z, 0.04166664555668831, -0.0013887356035411358, 2.4437109459540807e-05);
  } else {
    s = polynomial(z, -0.16666666666666632, 0.008333333333322219, -0.00019841269829641762,
                   2.755731363135716e-06, -2.5050748221035414e-08, 1.5896200400500634e-10);
    c = polynomial(z, 0.0416666666666666, -0.0013888888888873962, 2.480158728936218e-05,
                   -2.7557314313264435e-07, 2.087571745366706e-09, -1.1359323428570631e-11);
  }
  V half = z * T(0.5), rest = T(1) - half;
  V sine = r + (r * z * s + q.tail * rest);
  V cosine = rest + (((T(1) - rest) - half) + (z * z * c - r * q.tail));
  auto n = q.n + quarter;
  V y = (n & 1) != 0 ? cosine : sine;
  return from_bits<T>(as_bits<T>(y) ^ ((n & 2) << (sizeof(T) * 8 - 2)));
}
inline float libm_sin(float x) { return __builtin_sinf(x); }
inline double libm_sin(double x) { return __builtin_sin(x); }
inline float libm_cos(float x) { return __builtin_cosf(x); }
inline double libm_cos(double x) { return __builtin_cos(x); }

template <class V>
inline V circular(V x, int quarter) {
  typedef Lane<V> T;
  V y = circular_core(reduce_by_quadrant(x), quarter);
  if (any(vabs(x) > kCircularLimit<T>)) [[unlikely]] {
    for (int i = 0; i < kLanes<T>; ++i) {
      if (!(__builtin_fabs(x[i]) <= kCircularLimit<T>)) {
        y[i] = quarter == 0 ? libm_sin(x[i]) : libm_cos(x[i]);
      }
    }
  }
  return y;
}
// Error: 0.8, 0.9. Lanes above 12000 (float) and 1e6 (double) are libm's.
template <class V>
inline V vsin(V x) {
  return x == Lane<V>(0) ? x : circular(x, 0);
}
// Error: 0.8, 0.9. Lanes above 12000 (float) and 1e6 (double) are libm's.
template <class V>
inline V vcos(V x) {
  return circular(x, 1);
}

}  // namespace pydl::PYDL_ISA
