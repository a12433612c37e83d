// x^y of whole vectors.
#pragma once

#include "cpu/wide_math.h"

namespace pydl::PYDL_ISA {

// |x|^y for |x| of any kind, in twice double precision up to the last step.
inline Vec<double> power_magnitude(Vec<double> x, Vec<double> y) {
  typedef Vec<double> V;
  auto [k, m] = split_any(x);
  // log(m) = 2 s + s^3 (2/3 + 2/5 s^2 + ...), s = f / (f + 2); the first two terms in two parts.
  V f = m - 1.0, d = f + 2.0;
  V s = f / d, back = s * d;
  V s_low = (((f - back) - product_error(s, d, back)) - s * (f - (d - 2.0))) / d;
  V z = s * s, z_low = product_error(s, s, z) + 2.0 * s * s_low;
  V p = z * polynomial(z, 0.39999999999999986, 0.28571428571442203, 0.22222222218113913,
                       0.18181818810816414, 0.15384560351487117, 0.13336200764203102,
                       0.11676907370433151, 0.11973512902797019);
  V a = p + 2.0 / 3.0, a_low = (2.0 / 3.0 - a) + p + 3.700743415417188e-17;
  V b = z * a, b_low = product_error(z, a, b) + (z * a_low + z_low * a);
  V c = s * b, c_low = product_error(s, b, c) + (s * b_low + s_low * b);
  V high = k * 0.6931471804855391, twice = s * 2.0;
  V sum = high + twice, low = (high - sum) + twice;
  V log = sum + c;
  low += ((sum - log) + c) + (c_low + 2.0 * s_low + k * 7.440617110012397e-11);
  log = log_limits(x, log);
  // y log(x); where it is past the range of exp, infinite too, its low part does not count.
  y = vclamp(y, -1e25, 1e25);
  V e = y * log, e_low = product_error(y, log, e) + y * low;
  e_low = vabs(e) < 2000.0 ? e_low : V{};
  return exp_core(vclamp(e, -760.0, 760.0), e_low);
}
// Floats in double.
inline Vec<float> power_magnitude(Vec<float> x, Vec<float> y) {
  Doubles a = widen(x), b = widen(vclamp(y, -1e25f, 1e25f));
  Wide low = wide_log_positive(a.low), high = wide_log_positive(a.high);
  if (any(not_normal(x))) [[unlikely]] {
    low = not_normal(a.low) ? log_any(a.low) : low;
    high = not_normal(a.high) ? log_any(a.high) : high;
  }
  return narrow({wide_exp(b.low * low), wide_exp(b.high * high)});
}
// C's pow, its special cases included. Error: 0.51, 1.2.
template <class V>
inline V vpow(V x, V y) {
  typedef Lane<V> T;
  V r = power_magnitude(vabs(x), y);
  if (any(as_bits<T>(x) < 0)) [[unlikely]] {  // -0 too
    auto whole = vtrunc(y) == y;
    V half = y * T(0.5);
    auto odd = whole & (vtrunc(half) != half);
    r = from_bits<T>(as_bits<T>(r) | (odd & sign_bit(x)));
    r = (x < T(0)) & (x > -kInfinity<T>)&~whole ? splat(kNaN<T>) : r;
  }
  if (any(r != r)) [[unlikely]]
    r = (x == T(1)) | (y == T(0)) ? splat(T(1)) : r;
  return r;
}

}  // namespace pydl::PYDL_ISA
