#include "cpu/activation.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

// v is the activation's result for tanh, sigmoid and relu, its input for the others.
template <class T>
void backward_float(UnaryOp op, const Loop& loop, void* dx, const void* g, const void* v, double a,
                    double b, Half half = Half::kNone) {
  auto map = [&](int64_t cost, auto f) { map_vectors<T>(loop, cost, dx, g, v, f, half); };
  const T alpha = T(a), limit = T(b);
  switch (op) {
    case UnaryOp::kTanh:
      return map(1, [](auto g, auto y) { return g * (T(1) - y * y); });
    case UnaryOp::kSigmoid:
      return map(1, [](auto g, auto y) { return g * (y * (T(1) - y)); });
    case UnaryOp::kRelu:
      return map(1, [](auto g, auto y) { return y <= T(0) ? decltype(y){} : g; });
    case UnaryOp::kLeakyRelu:
      return map(1, [alpha](auto g, auto x) { return x > T(0) ? g : g * alpha; });
    case UnaryOp::kElu:
      return map(8, [alpha, factor = T(b)](auto g, auto x) {
        return x > T(0) ? g : g * (vexp(x * factor) * (alpha * factor));
      });
    case UnaryOp::kSelu:
      return map(8, [](auto g, auto x) {
        return g * (x > T(0) ? splat(T(kSeluScale)) : vexp(x) * T(kSeluScale * kSeluAlpha));
      });
    case UnaryOp::kHardtanh:
      return map(1, [low = T(a), high = T(b)](auto g, auto x) {
        return (x <= low) | (x >= high) ? decltype(x){} : g;
      });
    case UnaryOp::kHardsigmoid:
      return map(1, [](auto g, auto x) { return vabs(x) < T(3) ? g * T(1.0 / 6) : decltype(x){}; });
    case UnaryOp::kHardswish:
      return map(2, [](auto g, auto x) {
        auto inside = x < T(3) ? g * (x * T(1.0 / 3) + T(0.5)) : g;
        return x <= T(-3) ? decltype(x){} : inside;
      });
    case UnaryOp::kHardshrink:  // of both kinds
      return map(1, [alpha](auto g, auto x) { return vabs(x) <= alpha ? decltype(x){} : g; });
    case UnaryOp::kThreshold:
      return map(1, [alpha](auto g, auto x) { return x <= alpha ? decltype(x){} : g; });
    case UnaryOp::kMish:
      return map(16, [](auto g, auto x) { return g * mish_derivative(x); });
    case UnaryOp::kGelu:
      return map(16, [](auto g, auto x) { return g * gelu_derivative(x); });
    case UnaryOp::kGeluTanh:
      return map(16, [](auto g, auto x) { return g * gelu_tanh_derivative(x); });
    case UnaryOp::kSilu:
      return map(8, [](auto g, auto x) { return g * silu_derivative(x); });
    case UnaryOp::kSoftplus:
      return map(8, [alpha, limit](auto g, auto x) {
        auto scaled = x * alpha;
        return scaled > limit ? g : g * vsigmoid(scaled);
      });
    case UnaryOp::kLogSigmoid:
      return map(8, [](auto g, auto x) { return g * vsigmoid(-x); });
    default:
      return;  // its gradient is written in other ops
  }
}

}  // namespace

template <class T>
void unary_backward(UnaryOp op, const Loop& loop, void* dx, const void* g, const void* v, double a,
                    double b) {
  if constexpr (kHalfOf<T> != Half::kNone) {
    backward_float<float>(op, loop, dx, g, v, a, b, kHalfOf<T>);
  } else {
    backward_float<T>(op, loop, dx, g, v, a, b);
  }
}

PYDL_FOR_ANY_FLOATS(unary_backward)

}  // namespace pydl::PYDL_ISA
