// Losses of a difference, summed, and their derivatives, without an array of differences between.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {

namespace {

// run(f, df): a loss of vectors of differences, and its derivative.
template <class T, class F>
void with_loss(LossOp op, T bound, T curvature, F run) {
  switch (op) {
    case LossOp::kSquared:
      return run([](auto d) { return d * d; }, [](auto d) { return d + d; });
    case LossOp::kAbsolute:
      return run([](auto d) { return vabs(d); },
                 [](auto d) {  // NaN has the sign 0, as in PyTorch
                   auto one = splat(T(1)), zero = decltype(d){};
                   return (d > T(0) ? one : zero) - (d < T(0) ? one : zero);
                 });
    case LossOp::kHuber:
      return run(
          [bound, half = curvature * T(0.5), slope = bound * curvature](auto d) {
            auto size = vabs(d);
            return size <= bound ? d * d * half : (size - bound * T(0.5)) * slope;
          },
          [bound, curvature](auto d) { return vclamp(d, -bound, bound) * curvature; });
  }
}

}  // namespace

template <class T>
void loss_sum(LossOp op, double* sums, const void* x, const void* y, int64_t count, double bound,
              double curvature) {
  with_loss<T>(op, T(bound), T(curvature), [&](auto f, auto) {
    parallel(count, kLossChunk, [&](int64_t begin, int64_t end) {
      const T *a = static_cast<const T*>(x) + begin, *b = static_cast<const T*>(y) + begin;
      RowSums<T, 1, 4> all;
      // Past the end both are 0, and so is the loss.
      all.add(end - begin, [&](int64_t i, auto part, Vec<T>* acc) {
        acc[0] += f(part.load(a + i) - part.load(b + i));
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
  with_loss<T>(op, T(bound), T(curvature), [&](auto, auto df) {
    parallel(count, kLossChunk, [&](int64_t begin, int64_t end) {
      const T *a = static_cast<const T*>(x) + begin, *b = static_cast<const T*>(y) + begin;
      T* to = static_cast<T*>(dx) + begin;
      const T factor = *static_cast<const T*>(g) * T(scale);
      for_vectors<T>(end - begin, [&](int64_t i, auto part) {
        part.store(to + i, df(part.load(a + i) - part.load(b + i)) * factor);
      });
    });
  });
}
PYDL_FOR_FLOATS(loss_backward)

}  // namespace pydl::PYDL_ISA
