#include <algorithm>
#include <chrono>

#include "core/threads.h"
#include "ops/common.h"
#include "ops/ops.h"

namespace pydl {

double fma_peak(DType dtype, double seconds) {
  using Clock = std::chrono::steady_clock;
  const int64_t chunks = num_threads();
  Array y = Array::empty(Shape{chunks}, dtype);
  double best = 0;
  const auto start = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - start).count() < seconds) {
    double flops = 0;
    const auto before = Clock::now();
    launch(kernels_for(y).fma_peak, dtype, int64_t{1} << 30, y.data(), chunks, int64_t{200000},
           &flops);
    const double took = std::chrono::duration<double>(Clock::now() - before).count();
    best = std::max(best, flops * static_cast<double>(chunks) / took);
  }
  return best;
}

}  // namespace pydl
