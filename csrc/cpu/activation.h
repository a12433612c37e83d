// The activation functions that are more than one elementary function, of whole vectors, and their
// derivatives.
#pragma once

#include "cpu/math.h"

namespace pydl::PYDL_ISA {

// log(1 + exp(x)), without overflow.
template <class V>
inline V log_one_plus_exp(V x) {
  return vlog1p(vexp(-vabs(x))) + vmax(x, V{});
}

// x Phi(x), Phi the normal distribution's integral: x (1 + erf(x / sqrt(2))) / 2.
template <class V>
inline V normal_integral(V x) {
  typedef Lane<V> T;
  return verf(x * T(0.7071067811865476)) * T(0.5) + T(0.5);
}
template <class V>
inline V gelu(V x) {
  return x * normal_integral(x);
}
template <class V>
inline V gelu_derivative(V x) {
  typedef Lane<V> T;
  return normal_integral(x) + x * vexp(x * x * T(-0.5)) * T(0.3989422804014327);
}

// x (1 + tanh(u)) / 2 = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class V>
inline V gelu_tanh(V x) {
  typedef Lane<V> T;
  return x * vsigmoid(x * (x * x * T(0.07135481627260025) + T(1.5957691216057308)));
}
template <class V>
inline V gelu_tanh_derivative(V x) {
  typedef Lane<V> T;
  V square = x * x;
  V s = vsigmoid(x * (square * T(0.07135481627260025) + T(1.5957691216057308)));
  return s + x * s * (T(1) - s) * (square * T(0.21406444881780073) + T(1.5957691216057308));
}

template <class V>
inline V silu(V x) {
  return x * vsigmoid(x);
}
template <class V>
inline V silu_derivative(V x) {
  typedef Lane<V> T;
  V s = vsigmoid(x);
  return s * (x * (T(1) - s) + T(1));
}

// x tanh(log(1 + n)) with n = exp(x), which is x m / (m + 2), m = n (n + 2); x itself from 20 on.
template <class V>
inline V mish(V x) {
  typedef Lane<V> T;
  V n = vexp(vmin(x, splat(T(20)))), m = n * (n + T(2));
  return x * (m / (m + T(2)));
}
template <class V>
inline V mish_derivative(V x) {
  typedef Lane<V> T;
  V n = vexp(vmin(x, splat(T(20)))), m = n * (n + T(2)), d = T(1) / (m + T(2));
  return m * d + x * (T(4) * n * (n + T(1)) * d * d);
}

inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
inline constexpr double kSeluScale = 1.0507009873554804934193349852946;

}  // namespace pydl::PYDL_ISA
