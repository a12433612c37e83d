#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

template <class T>
void fma_peak(void* y_, int64_t chunks, int64_t rounds, double* flops) {
  // Two units times a latency of four to five cycles: ten chains keep both busy, and twelve vectors
  // fit the registers of every instruction set.
  constexpr int kChains = 10;
  T* y = static_cast<T*>(y_);
  *flops = 2.0 * kChains * kLanes<T> * static_cast<double>(rounds);
  parallel(chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      Vec<T> sums[kChains];
      for (int i = 0; i < kChains; ++i) sums[i] = splat(static_cast<T>(i + chunk));
      Vec<T> scale = splat(T(0.999999));
      const Vec<T> shift = splat(T(1e-7));
      for (int64_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * scale + shift;
        asm volatile("" : "+m"(scale));  // or the loop would be folded
      }
      Vec<T> total = sums[0];
      for (int i = 1; i < kChains; ++i) total += sums[i];
      y[chunk] = total[0];
    }
  });
}

PYDL_FOR_FLOATS(fma_peak)

}  // namespace pydl::PYDL_ISA
