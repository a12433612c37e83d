// The activation functions that are more than one elementary function, of whole vectors, and their
// derivatives.
#pragma once

#include "cpu/math.h"

namespace pydl::PYDL_ISA {

// log(1 + exp(x)), without overflow.
template <class V>
inline V log_one_plus_exp(V x) {
  return vlog1p(vexp_below(-vabs(x))) + vmax(x, V{});
}

// The integral Phi of the normal distribution, and its density but for the factor 1 / sqrt(2 pi).
template <class V>
struct Normal {
  V integral, bell;
};
template <class V>
inline Normal<V> normal(V x) {
  typedef Lane<V> T;
  if constexpr (sizeof(T) == 4) {
    // 2^k 2^r; what x^2 loses is small beside 1, though not beside the bell.
    V e = vlarger(splat(T(-160)), x * x * T(-0.7213475204444817));
    V k = (e + kRounder<T>)-kRounder<T>;
    V bell = scale_by_power(
        polynomial(e - k, 1.0, 0.693147202857122, 0.24022647913337244, 0.0555033246787138,
                   0.009618437377151635, 0.0013398875442211782, 0.00015353359107433119),
        k);
    // Phi(-a) / bell in t / (t + 1), t = 0.28 a, to 1.2e-8 of absolute error.
    V t = vsmaller(splat(T(40)), vabs(x)) * T(0.28), w = t / (t + T(1));
    V below = bell * polynomial(w, 0.5, -1.4247919144946928, 1.763885624500356, -1.1034760247787883,
                                0.12483325533534798, 0.2463869880247302, -0.10733735314600054);
    return {x < T(0) ? below : T(1) - below, bell};
  } else {
    return {verf(x * T(0.7071067811865476)) * T(0.5) + T(0.5), vexp_below(x * x * T(-0.5))};
  }
}
template <class V>
inline V gelu(V x) {
  return x * normal(x).integral;
}
template <class V>
inline V gelu_derivative(V x) {
  auto [integral, bell] = normal(x);
  return integral + x * bell * Lane<V>(0.3989422804014327);
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
