// Losses of two arrays, summed, and their derivatives, without an array of losses between.
#include "cpu/activation.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {

namespace {

// run(f, df, x, y): a loss of vectors of x and y, its derivative by x, and a pair whose loss is 0.
template <class T, class F>
void with_loss(LossOp op, T bound, T curvature, F run) {
  switch (op) {
    case LossOp::kSquared:
      return run([](auto x, auto y) { return (x - y) * (x - y); },
                 [](auto x, auto y) { return (x - y) + (x - y); }, T(0), T(0));
    case LossOp::kAbsolute:
      return run([](auto x, auto y) { return vabs(x - y); },
                 [](auto x, auto y) {  // NaN has the sign 0, as in PyTorch
                   auto one = splat(T(1)), zero = decltype(x){};
                   return (x - y > T(0) ? one : zero) - (x - y < T(0) ? one : zero);
                 },
                 T(0), T(0));
    case LossOp::kHuber:
      return run(
          [bound, half = curvature * T(0.5), slope = bound * curvature](auto x, auto y) {
            auto d = x - y, size = vabs(d);
            return size <= bound ? d * d * half : (size - bound * T(0.5)) * slope;
          },
          [bound, curvature](auto x, auto y) { return vclamp(x - y, -bound, bound) * curvature; },
          T(0), T(0));
    case LossOp::kLogistic:
      return run([](auto x, auto y) { return (T(1) - y) * x + log_one_plus_exp(-x); },
                 [](auto x, auto y) { return vsigmoid(x) - y; }, T(1e4), T(1));
  }
}

}  // namespace

template <class T>
void loss_sum(LossOp op, double* sums, const void* x, const void* y, int64_t count, double bound,
              double curvature) {
  with_loss<T>(op, T(bound), T(curvature), [&](auto f, auto, T no_x, T no_y) {
    parallel(count, kLossChunk, [&](int64_t begin, int64_t end) {
      const T *a = static_cast<const T*>(x) + begin, *b = static_cast<const T*>(y) + begin;
      RowSums<T, 1, 4> all;
      all.add(end - begin, [&](int64_t i, auto part, Vec<T>* acc) {
        acc[0] += f(part.load(a + i, no_x), part.load(b + i, no_y));
      });
      all.put_away();
      sums[begin / kLossChunk] = all.total[0];
    });
  });
}
PYDL_FOR_FLOATS(loss_sum)

template <class T>
void loss_backward(LossOp op, void* dx, const void* g, double scale, const void* x, const void* y,
                   int64_t count, double bound, double curvature) {
  with_loss<T>(op, T(bound), T(curvature), [&](auto, auto df, T, T) {
    parallel(count, kLossChunk, [&](int64_t begin, int64_t end) {
      const T *a = static_cast<const T*>(x) + begin, *b = static_cast<const T*>(y) + begin;
      T* to = static_cast<T*>(dx) + begin;
      const T factor = *static_cast<const T*>(g) * T(scale);
      for_vectors<T>(end - begin, [&](int64_t i, auto part) {
        part.store(to + i, df(part.load(a + i), part.load(b + i)) * factor);
      });
    });
  });
}
PYDL_FOR_FLOATS(loss_backward)

}  // namespace pydl::PYDL_ISA
