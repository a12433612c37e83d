// Functions of single numbers: libm's by type, and those it lacks.
#pragma once

#include <math.h>

#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

namespace libm {
#define PYDL_LIBM(name)                                         \
  inline float name(float x) { return __builtin_##name##f(x); } \
  inline double name(double x) { return __builtin_##name(x); }
PYDL_LIBM(tan)
PYDL_LIBM(asin)
PYDL_LIBM(acos)
PYDL_LIBM(atan)
PYDL_LIBM(sinh)
PYDL_LIBM(cosh)
PYDL_LIBM(asinh)
PYDL_LIBM(acosh)
PYDL_LIBM(atanh)
PYDL_LIBM(erfc)
#undef PYDL_LIBM
// The form that does not write the global signgam.
inline float lgamma(float x) {
  int sign;
  return ::lgammaf_r(x, &sign);
}
inline double lgamma(double x) {
  int sign;
  return ::lgamma_r(x, &sign);
}
#define PYDL_LIBM(name)                                                     \
  inline float name(float x, float y) { return __builtin_##name##f(x, y); } \
  inline double name(double x, double y) { return __builtin_##name(x, y); }
PYDL_LIBM(atan2)
PYDL_LIBM(hypot)
PYDL_LIBM(fmod)
#undef PYDL_LIBM
}  // namespace libm

// y with erf(y) = x: Winitzki's approximation (2e-3), then Halley's method. Error: 1.7 ulp.
inline double erfinv(double x) {
  const double a = __builtin_fabs(x);
  if (!(a <= 1)) return __builtin_nan("");
  if (a == 1) return x * __builtin_inf();
  if (a < 1e-8) return x * 0.8862269254527580;
  const double log = __builtin_log1p(-a) + __builtin_log1p(a);
  const double b = 4.330746750799873 + log / 2;  // 2 / (0.147 pi)
  double y = __builtin_sqrt(__builtin_sqrt(b * b - log / 0.147) - b);
  for (int i = 0; i < 3; ++i) {
    // 1 - a is exact above 1/2, where erf has no digits left to tell its values apart.
    double error = a < 0.5 ? __builtin_erf(y) - a : (1 - a) - __builtin_erfc(y);
    double step = error * 0.8862269254527580 * __builtin_exp(y * y);
    y -= step / (1 + y * step);
  }
  return __builtin_copysign(y, x);
}

// The logarithmic derivative of gamma. Error: 4 ulp for x > 0; below,
// where it has roots, 1e-15 of 1 + |psi(x)|.
inline double digamma(double x) {
  if (x == 0) return __builtin_copysign(__builtin_inf(), -x);
  double sum = 0;
  if (x < 0) {
    const double fraction = x - __builtin_rint(x);  // exact
    if (!(fraction < 0 || fraction > 0)) return __builtin_nan("");
    const double angle = 3.141592653589793 * fraction;
    sum = -3.141592653589793 / __builtin_tan(angle);
    x = 1 - x;
  }
  if (x >= 10) {
    // Stirling's series, B_2k / 2k.
    const double z = 1 / (x * x);
    double tail =
        1.0 / 12 -
        z * (1.0 / 120 -
             z * (1.0 / 252 -
                  z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12))))));
    return x == __builtin_inf() ? x : sum + (__builtin_log(x) - 0.5 / x - z * tail);
  }
  for (; x > 2; x -= 1) sum += 1 / (x - 1);
  if (x < 1) {
    sum -= 1 / x;
    x += 1;
  }
  // (x - root) times a minimax polynomial on [1, 2], so that the root keeps its digits.
  constexpr double kTerms[] = {
      0.9510558760318328,     -0.4236274212814572,     0.24054248424077762,
      -0.14840492305487388,   0.09498872445448782,     -0.06192213318960939,
      0.04076083383576747,    -0.026975800065110023,   0.017907251829657533,
      -0.011908145891595811,  0.007926953786606579,    -0.005280909407744353,
      0.003518923051836494,   -0.0023375136087330378,  0.0015571019259349914,
      -0.0010778291743443753, 0.0007217244603128164,   -0.0003544779990748959,
      0.00023025482133813988, -0.00037863117075877245, 0.0002572634275105091};
  double p = 0;
  for (int i = 20; i >= 0; --i) p = p * (x - 1.5) + kTerms[i];
  return sum + ((x - 1.4616321449683622) - 9.549995429965697e-17) * p;
}

}  // namespace pydl::PYDL_ISA
