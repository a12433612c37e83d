#include "cpu/activation.h"
#include "cpu/math.h"
#include "cpu/special.h"
#include "cpu/walk.h"
#include "cpu/wide_math.h"

namespace pydl::PYDL_ISA {
namespace {

// tan: floats beyond 1e6 are libm's too.
template <class T>
void tangent(const Loop& loop, void* y, const void* x, Half half) {
  if constexpr (sizeof(T) == 4) {
    map_vectors<T>(
        loop, 16, y, x,
        [](auto x) {
          auto y = in_double(x, [](auto x) { return wide_tan(x); });
          if (any(vabs(x) > T(1e6))) [[unlikely]] {
            for (int i = 0; i < kLanes<T>; ++i) {
              if (!(__builtin_fabsf(x[i]) <= T(1e6))) y[i] = libm::tan(x[i]);
            }
          }
          return y;
        },
        half);
  } else {
    map_elements<T, T>(loop, 64, y, x, [](T x) { return libm::tan(x); });
  }
}

// Float and double; the cost is that of one element in elementary operations, about.
template <class T>
void unary_float(UnaryOp op, const Loop& loop, void* y, const void* x, double a, double b,
                 Half half = Half::kNone) {
  auto vectors = [&](int64_t cost, auto f) { map_vectors<T>(loop, cost, y, x, f, half); };
  // What double has of libm, and float in double.
  auto rarely = [&](auto wide, T (*f)(T)) {
    if constexpr (sizeof(T) == 4)
      map_vectors<T>(loop, 16, y, x, [=](auto x) { return in_double(x, wide); }, half);
    else
      map_elements<T, T>(loop, 64, y, x, f);
  };
  switch (op) {
    case UnaryOp::kNeg:
      return vectors(1, [](auto x) { return -x; });
    case UnaryOp::kAbs:
      return vectors(1, [](auto x) { return vabs(x); });
    case UnaryOp::kSquare:
      return vectors(1, [](auto x) { return x * x; });
    case UnaryOp::kSign:
      // NaN has the sign 0, as in PyTorch.
      return vectors(1, [](auto x) {
        auto one = splat(T(1)), zero = decltype(x){};
        return (x > T(0) ? one : zero) - (x < T(0) ? one : zero);
      });
    case UnaryOp::kExp:
      return vectors(8, [](auto x) { return vexp(x); });
    case UnaryOp::kExp2:
      return vectors(8, [](auto x) { return vexp2(x); });
    case UnaryOp::kExpm1:
      return vectors(8, [](auto x) { return vexpm1(x); });
    case UnaryOp::kLog:
      return vectors(8, [](auto x) { return vlog(x); });
    case UnaryOp::kLog2:
      return vectors(8, [](auto x) { return vlog2(x); });
    case UnaryOp::kLog10:
      return vectors(8, [](auto x) { return vlog10(x); });
    case UnaryOp::kLog1p:
      return vectors(8, [](auto x) { return vlog1p(x); });
    case UnaryOp::kSqrt:
      return vectors(4, [](auto x) { return vsqrt(x); });
    case UnaryOp::kRsqrt:
      return vectors(8, [](auto x) { return T(1) / vsqrt(x); });
    case UnaryOp::kReciprocal:
      return vectors(4, [](auto x) { return T(1) / x; });
    case UnaryOp::kSin:
      return vectors(8, [](auto x) { return vsin(x); });
    case UnaryOp::kCos:
      return vectors(8, [](auto x) { return vcos(x); });
    case UnaryOp::kTan:
      return tangent<T>(loop, y, x, half);
    case UnaryOp::kAsin:
      return rarely([](auto x) { return wide_asin(x); }, [](T x) { return libm::asin(x); });
    case UnaryOp::kAcos:
      return rarely([](auto x) { return wide_acos(x); }, [](T x) { return libm::acos(x); });
    case UnaryOp::kAtan:
      return rarely([](auto x) { return wide_atan(x); }, [](T x) { return libm::atan(x); });
    case UnaryOp::kSinh:
      return rarely([](auto x) { return wide_sinh(x); }, [](T x) { return libm::sinh(x); });
    case UnaryOp::kCosh:
      return rarely([](auto x) { return wide_cosh(x); }, [](T x) { return libm::cosh(x); });
    case UnaryOp::kTanh:
      return vectors(8, [](auto x) { return vtanh(x); });
    case UnaryOp::kAsinh:
      return rarely([](auto x) { return wide_asinh(x); }, [](T x) { return libm::asinh(x); });
    case UnaryOp::kAcosh:
      return rarely([](auto x) { return wide_acosh(x); }, [](T x) { return libm::acosh(x); });
    case UnaryOp::kAtanh:
      return rarely([](auto x) { return wide_atanh(x); }, [](T x) { return libm::atanh(x); });
    case UnaryOp::kErf:
      return vectors(16, [](auto x) { return verf(x); });
    case UnaryOp::kErfc:
      return rarely([](auto x) { return wide_erfc(x); }, [](T x) { return libm::erfc(x); });
    case UnaryOp::kErfinv:
      return rarely([](auto x) { return wide_erfinv(x); },
                    [](T x) { return static_cast<T>(erfinv(x)); });
    case UnaryOp::kLgamma:
      return rarely([](auto x) { return wide_lgamma(x); }, [](T x) { return libm::lgamma(x); });
    case UnaryOp::kDigamma:
      return rarely([](auto x) { return wide_digamma(x); },
                    [](T x) { return static_cast<T>(digamma(x)); });
    case UnaryOp::kFloor:
      return vectors(2, [](auto x) { return vfloor(x); });
    case UnaryOp::kCeil:
      return vectors(2, [](auto x) { return vceil(x); });
    case UnaryOp::kRound:
      return vectors(2, [](auto x) { return vround(x); });
    case UnaryOp::kTrunc:
      return vectors(2, [](auto x) { return vtrunc(x); });
    case UnaryOp::kSigmoid:
      return vectors(8, [](auto x) { return vsigmoid(x); });
    case UnaryOp::kRelu:
      return vectors(1, [](auto x) { return x < T(0) ? decltype(x){} : x; });
    case UnaryOp::kLeakyRelu:
      return vectors(1, [slope = T(a)](auto x) { return x < T(0) ? x * slope : x; });
    case UnaryOp::kElu:
      return vectors(8, [alpha = T(a), factor = T(b)](auto x) {
        return x < T(0) ? vexpm1(x * factor) * alpha : x;
      });
    case UnaryOp::kSelu:
      return vectors(8, [](auto x) {
        return x < T(0) ? vexpm1(x) * T(kSeluScale * kSeluAlpha) : x * T(kSeluScale);
      });
    case UnaryOp::kHardtanh:
      return vectors(1, [low = T(a), high = T(b)](auto x) { return vclamp(x, low, high); });
    case UnaryOp::kHardsigmoid:
      return vectors(2, [](auto x) { return vclamp(x + T(3), T(0), T(6)) * T(1.0 / 6); });
    case UnaryOp::kHardswish:
      return vectors(2, [](auto x) {
        auto y = x * (vclamp(x + T(3), T(0), T(6)) * T(1.0 / 6));
        return x <= T(-3) ? decltype(x){} : y;
      });
    case UnaryOp::kHardshrink:
      return vectors(1, [bound = T(a)](auto x) { return vabs(x) <= bound ? decltype(x){} : x; });
    case UnaryOp::kSoftshrink:
      return vectors(2, [bound = T(a)](auto x) {
        return vabs(x) <= bound ? decltype(x){} : x - vcopysign(splat(bound), x);
      });
    case UnaryOp::kHuber:  // a parabola of curvature b up to a, its tangents from there on
      return vectors(2, [bound = T(a), half = T(b * 0.5), slope = T(a * b)](auto x) {
        auto size = vabs(x);
        return size <= bound ? x * x * half : (size - bound * T(0.5)) * slope;
      });
    case UnaryOp::kThreshold:
      return vectors(1, [bound = T(a), low = T(b)](auto x) { return x <= bound ? splat(low) : x; });
    case UnaryOp::kMish:
      return vectors(16, [](auto x) { return mish(x); });
    case UnaryOp::kCube:
      return vectors(2, [](auto x) { return x * x * x; });
    case UnaryOp::kGelu:
      return vectors(16, [](auto x) { return gelu(x); });
    case UnaryOp::kGeluTanh:
      return vectors(16, [](auto x) { return gelu_tanh(x); });
    case UnaryOp::kSilu:
      return vectors(8, [](auto x) { return silu(x); });
    case UnaryOp::kSoftplus:
      return vectors(16, [beta = T(a), limit = T(b)](auto x) {
        auto scaled = x * beta;
        return scaled > limit ? x : log_one_plus_exp(scaled) / beta;
      });
    case UnaryOp::kLogSigmoid:
      return vectors(16, [](auto x) { return -log_one_plus_exp(-x); });
  }
}

// Unsigned arithmetic wraps where signed would be undefined.
template <class T>
void unary_integer(UnaryOp op, const Loop& loop, void* y, const void* x) {
  auto elements = [&](auto f) { map_elements<T, T>(loop, 1, y, x, f); };
  switch (op) {
    case UnaryOp::kNeg:
      return elements([](T x) { return static_cast<T>(uint64_t(0) - uint64_t(x)); });
    case UnaryOp::kAbs:
      return elements([](T x) { return x < 0 ? static_cast<T>(uint64_t(0) - uint64_t(x)) : x; });
    case UnaryOp::kSquare:
      return elements([](T x) { return static_cast<T>(uint64_t(x) * uint64_t(x)); });
    case UnaryOp::kSign:
      return elements([](T x) { return static_cast<T>((x > 0) - (x < 0)); });
    default:
      return;  // floating only: the ops refuse it
  }
}

}  // namespace

template <class T>
void unary(UnaryOp op, const Loop& loop, void* y, const void* x, double a, double b) {
  if constexpr (kHalfOf<T> != Half::kNone) {
    unary_float<float>(op, loop, y, x, a, b, kHalfOf<T>);
  } else if constexpr (T(0.5) != 0) {
    unary_float<T>(op, loop, y, x, a, b);
  } else {
    unary_integer<T>(op, loop, y, x);
  }
}

PYDL_FOR_ANY_NUMBERS(unary)

}  // namespace pydl::PYDL_ISA
