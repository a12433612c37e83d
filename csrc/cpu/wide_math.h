// The rarer functions of float vectors, computed in double and rounded once: 0.51 ulp but where
// said. Each takes and gives vectors of double whose values are floats; the fits (interpolation in
// Chebyshev's points) are right to 1e-10 or better, which is not enough for double itself: there
// libm does lane by lane.
#pragma once

#include "cpu/math.h"

namespace pydl::PYDL_ISA {

template <class F>
inline Vec<float> in_double(Vec<float> x, F f) {
  Doubles d = widen(x);
  d.low = f(d.low);
  d.high = f(d.high);
  return narrow(d);
}

template <class F>
inline Vec<float> in_double(Vec<float> x, Vec<float> y, F f) {
  Doubles a = widen(x), b = widen(y);
  return narrow({f(a.low, b.low), f(a.high, b.high)});
}

typedef Vec<double> Wide;
inline constexpr double kPi = 3.141592653589793;

// exp(x) = 2^k (even + odd) and exp(-x) = 2^-k (even - odd) for |x| <= 700, to 1e-12.
struct SinhHalves {
  Wide k, even, odd;
};
inline SinhHalves wide_exp_halves(Wide x) {
  constexpr double kHigh = 0.6931471804855391, kLow = 7.440617110012397e-11;
  Wide k = (x * 1.4426950408889634 + kRounder<double>)-kRounder<double>;
  Wide r = x - k * kHigh - k * kLow, z = r * r;
  return {k, polynomial(z, 1.0, 1.0 / 2, 1.0 / 24, 1.0 / 720, 1.0 / 40320, 1.0 / 3628800),
          r * polynomial(z, 1.0, 1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880)};
}
// Floats from it are 0 below -150, infinite above 150.
inline Wide wide_exp(Wide x) {
  auto [k, even, odd] = wide_exp_halves(vclamp(x, -200.0, 200.0));
  return (even + odd) * power_of_two(k);
}
// log(above / below) = k ln 2 + 2 atanh(s) for above >= below >= 2^-200, k >= 0, s = (a - b) / (a +
// b) with b = 2^k below within [a / 1.5, 1.5 a]. Exact where k = 0, as for small logarithms.
inline Wide log_ratio(Wide above, Wide below, Wide difference) {
  typedef Vec<uint64_t> Word;
  Word bits = reinterpret_cast<Word>(above) - reinterpret_cast<Word>(below);
  bits = (bits + (uint64_t(1) << 51)) & (uint64_t(0xfff) << 52);
  Wide b = reinterpret_cast<Wide>(reinterpret_cast<Word>(below) + bits);
  Wide k = reinterpret_cast<Wide>((bits >> 52) + reinterpret_cast<Word>(splat(kRounder<double>))) -
           kRounder<double>;
  Wide s = (k == 0.0 ? difference : above - b) / (above + b), z = s * s;
  Wide p = polynomial(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15);
  return k * 0.6931471805599453 + (2.0 * s + s * z * p);
}
// log(x) for normal x > 0, to 1e-12 of it.
inline Wide wide_log_positive(Wide x) {
  auto [k, m] = split_binary(x);
  Wide f = m - 1.0, s = f / (f + 2.0), z = s * s;
  Wide p = polynomial(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13);
  return k * 0.6931471805599453 + (2.0 * s + s * z * p);
}

// |x| <= 1e6; beyond, lane by lane, see kCircularLimit.
inline Wide wide_tan(Wide x) {
  auto [n, r, tail] = reduce_by_quadrant(x);
  Wide z = r * r;
  Wide s =
      r + r * z *
              polynomial(z, -0.16666666666663885, 0.008333333331078498, -0.00019841266920280364,
                         2.755599071608008e-06, -2.4805616468180836e-08);
  Wide c = 1.0 - z * 0.5 +
           z * z *
               polynomial(z, 0.04166666666432045, -0.0013888887671723142, 2.4800600218521467e-05,
                          -2.730093863463587e-07);
  auto odd = (n & 1) != 0;
  Wide y = (odd ? -c : s) / (odd ? s : c);
  return x == 0.0 ? x : y;
}

inline Wide atan_core(Wide t) {
  Wide z = t * t;
  return t + t * z *
                 polynomial(z, -0.3333333333143157, 0.19999998912851316, -0.142856121693512,
                            0.11107485627404272, -0.09028865353963718, 0.07134654669272536,
                            -0.04041808937097656);
}
// atan(t) = base + atan((t - 1) / (t + 1)) and the like: what is left is below tan(pi / 8).
inline Wide wide_atan(Wide x) {
  Wide a = vabs(x);
  auto large = a > 2.414213562373095, middle = a > 0.41421356237309503;
  Wide above = large ? splat(-1.0) : middle ? a - 1.0 : a;
  Wide below = large ? a : middle ? a + 1.0 : splat(1.0);
  Wide base = large ? splat(kPi / 2) : middle ? splat(kPi / 4) : Wide{};
  return vcopysign(base + atan_core(above / below), x);
}

// The angle of (x, y): at most pi / 4 of the smaller over the larger, turned into its octant.
inline Wide wide_atan2(Wide y, Wide x) {
  Wide a = vabs(x), b = vabs(y), long_side = vlarger(a, b), short_side = vsmaller(a, b);
  auto infinite = short_side == kInfinity<double>;
  auto middle = (short_side > 0.41421356237309503 * long_side) | infinite;
  Wide above = middle ? short_side - long_side : short_side;
  Wide below = middle ? short_side + long_side : long_side;
  // 0 / 0 and infinity / infinity: at the axis, at the diagonal
  below = long_side == 0.0 ? splat(1.0) : below;
  above = infinite ? Wide{} : above;
  Wide p = atan_core(above / below);
  p = middle ? p + kPi / 4 : p;
  p = b > a ? kPi / 2 - p : p;
  p = as_bits<double>(x) < 0 ? kPi - p : p;
  p = (x != x) | (y != y) ? x + y : p;
  return vcopysign(p, y);
}
inline Wide wide_hypot(Wide x, Wide y) {
  Wide z = vsqrt(x * x + y * y), infinite = splat(kInfinity<double>);
  return (vabs(x) == infinite) | (vabs(y) == infinite) ? infinite : z;
}

// asin(t) for t^2 = z <= 1/4.
inline Wide asin_core(Wide t, Wide z) {
  return t + t * z *
                 polynomial(z, 0.16666666666738633, 0.07499999953429712, 0.044642906474584965,
                            0.030379945210024933, 0.022412417726695433, 0.016902683886393575,
                            0.01686409027396012, 0.001067506315036312, 0.02834674523183333);
}
// NaN beyond 1, by the square root.
inline Wide wide_asin(Wide x) {
  Wide a = vabs(x);
  auto large = a > 0.5;
  Wide z = large ? (1.0 - a) * 0.5 : a * a, t = large ? vsqrt(z) : a;
  Wide p = asin_core(t, z);
  return vcopysign(large ? kPi / 2 - 2.0 * p : p, x);
}
inline Wide wide_acos(Wide x) {
  Wide a = vabs(x);
  auto large = a > 0.5;
  Wide z = large ? (1.0 - a) * 0.5 : a * a, t = large ? vsqrt(z) : a;
  Wide p = asin_core(t, z);
  Wide far = x < 0.0 ? kPi - 2.0 * p : 2.0 * p;
  return large ? far : kPi / 2 - vcopysign(p, x);
}

inline Wide wide_sinh(Wide x) {
  auto [k, even, odd] = wide_exp_halves(vclamp(x, -200.0, 200.0));
  Wide up = power_of_two(k), down = power_of_two(-k);
  Wide y = ((up - down) * even + (up + down) * odd) * 0.5;
  return x == 0.0 ? x : y;
}
inline Wide wide_cosh(Wide x) {
  auto [k, even, odd] = wide_exp_halves(vclamp(x, -200.0, 200.0));
  Wide up = power_of_two(k), down = power_of_two(-k);
  return ((up + down) * even + (up - down) * odd) * 0.5;
}
inline Wide wide_asinh(Wide x) {
  Wide a = vabs(x), z = a * a;
  // log of a + sqrt(1 + a^2), which is 1 + d.
  Wide d = a + z / (1.0 + vsqrt(1.0 + z));
  Wide y = log_ratio(1.0 + d, splat(1.0), d);
  return vcopysign(a < kInfinity<double> ? y : a, x);
}
inline Wide wide_acosh(Wide x) {
  Wide t = x - 1.0, d = t + vsqrt(t * (t + 2.0));
  Wide y = log_ratio(1.0 + d, splat(1.0), d);
  return x < kInfinity<double> ? (x >= 1.0 ? y : splat(kNaN<double>)) : x;
}
inline Wide wide_atanh(Wide x) {
  Wide a = vabs(x);
  Wide y = log_ratio(1.0 + a, 1.0 - a, a + a) * 0.5;
  Wide limit = a == 1.0 ? splat(kInfinity<double>) : splat(kNaN<double>);
  return vcopysign(a < 1.0 ? y : limit, x);
}

// exp(x^2) erfc(x) (x + 2) in (x - 2) / (x + 2); past 10.5 floats have nothing but 0.
inline Wide wide_erfc(Wide x) {
  Wide a = vmin(vabs(x), splat(10.5)), inverse = 1.0 / (a + 2.0);
  Wide p = polynomial((a - 2.0) * inverse, 1.0215827052631437, -0.6871606842453988,
                      0.2794720894519024, -0.03644223952692556, -0.021510588434605078,
                      0.006479310142703128, 0.0030899713060197087, -0.0008382371986667607,
                      -0.0006605013808780217, 3.816749791031951e-05, 0.0001396010758372648,
                      2.5924118502923164e-05, -1.832184425979317e-05, -7.285376718455078e-06);
  Wide y = wide_exp(-(a * a)) * (p * inverse);
  return x < 0.0 ? 2.0 - y : y;
}

// erfinv(x) / x in w = -log(1 - x^2), or in sqrt(w).
inline Wide wide_erfinv(Wide x) {
  Wide w = -wide_log_positive((1.0 - x) * (1.0 + x));
  Wide near = polynomial(w, 0.8862269253981395, 0.23201367024532019, 0.011549299438956629,
                         -0.00233490579592786, -0.00012851973714040642, 4.731327091702654e-05,
                         1.3458075851527609e-06, -5.728545735020383e-07, -2.35062337802583e-07,
                         8.350653684004119e-08, -1.129706500238048e-08, 7.591358436857782e-10,
                         -2.1203565131819003e-11);
  Wide y = x * near;
  if (any(w >= 5.0)) {  // one in 300 of evenly spread arguments
    Wide far = polynomial(vsqrt(w) - 3.2, 3.033636574436221, 1.004692441935344,
                          0.005973166831552801, -0.004294171528160312, 0.0029508663889517206,
                          -0.001992909115952292, 0.0010781392536664677, -0.00035838221816579394,
                          -1.1174914363957513e-05, 9.527046630983447e-05, -5.566730014395335e-05,
                          7.474566558600537e-06, 8.222705981729269e-06, -3.4825528228834724e-06);
    y = w >= 5.0 ? x * far : y;
  }
  Wide limit = vabs(x) == 1.0 ? x * kInfinity<double> : splat(kNaN<double>);
  return vabs(x) < 1.0 ? y : limit;
}

// Stirling's series from 8 on; below, lgamma(x + 8) - log(x (x + 1) ... (x + 7)), and left of 0 the
// reflection. Error: 0.6 ulp, near the zeros at 1 and 2; left of 0, 1e-14 of the larger of its two
// terms.
inline Wide wide_lgamma(Wide x) {
  auto left = x <= 0.0;
  Wide at = left ? 1.0 - x : x;
  auto low = at < 8.0;
  Wide t = at * (at + 7.0), product = low ? t * (t + 6.0) * ((t + 10.0) * (t + 12.0)) : splat(1.0);
  at = low ? at + 8.0 : at;
  Wide inverse = 1.0 / at, z = inverse * inverse;
  Wide series = inverse * polynomial(z, 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
                                     -691.0 / 360360);
  Wide y = (at - 0.5) * vlog(at) - at + 0.9189385332046728 + series;
  if (any(left)) {
    Wide fraction = x - vround(x);  // exact
    product = left ? product * (kPi / vabs(vsin(kPi * fraction))) : product;
  }
  Wide rest = vlog(product);
  y = left ? rest - y : y - rest;
  y = (x == 1.0) | (x == 2.0) ? Wide{} : y;
  return vabs(x) == kInfinity<double> ? splat(kInfinity<double>) : y;
}

// psi(x), in the same way. Error: 0.6 ulp right of 0; left of it, 1e-14 of 1 + |psi(x)|.
inline Wide wide_digamma(Wide x) {
  auto left = x <= 0.0;
  Wide at = left ? 1.0 - x : x, above = Wide{}, below = splat(1.0);
  for (int i = 0; i < 10; ++i) {  // above / below = 1 / x + 1 / (x + 1) + ...
    auto low = at < 10.0;
    above = low ? above * at + below : above;
    below = low ? below * at : below;
    at = low ? at + 1.0 : at;
  }
  Wide inverse = 1.0 / at, z = inverse * inverse;
  Wide series =
      inverse * 0.5 + z * polynomial(z, 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132);
  Wide y = vlog(at) - series - above / below;
  if (any(left)) {
    Wide angle = kPi * (x - vround(x));
    Wide poles = angle == 0.0 ? splat(kNaN<double>) : vcos(angle) / vsin(angle);
    y = left ? y - kPi * poles : y;
    y = x == 0.0 ? vcopysign(splat(kInfinity<double>), -x) : y;
  }
  return y;
}

}  // namespace pydl::PYDL_ISA
