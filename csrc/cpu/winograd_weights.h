// Winograd's transformed weights, and whether the results of his method are finite.
#pragma once

#include "cpu/gemm.h"
#include "cpu/winograd_transform.h"

namespace pydl::PYDL_ISA {

// Whether all that threads have seen is finite.
class Finite {
 public:
  // Of the first `count` lanes, the sum of x - x for each x. In the others lies what was in the
  // scratch memory before.
  template <class T>
  void see(Vec<T> sum_of_zeros, int count) {
    const Vec<T> sum = load_n(reinterpret_cast<const T*>(&sum_of_zeros), count);
    if (any(sum != sum)) __atomic_store_n(&lost_, true, __ATOMIC_RELAXED);
  }
  bool all() const { return !__atomic_load_n(&lost_, __ATOMIC_RELAXED); }

 private:
  bool lost_ = false;
};

// A pass's weights: w(o, i, r, c) lies at o * out_step + i * in_step + taps[r * K + c]; -1: it is
// 0.
template <class W>
struct Taps {
  int64_t out, in, out_step, in_step;
  int64_t at[W::kTaps * W::kTaps];
};

// Where weights are kept: [in][out, padded], in panels of neighbouring outputs for the tiles of a
// product, `point` apart for each point.
struct Panels {
  int64_t in, out, width, point;  // out is padded; width that of a panel, or out
  int64_t at(int64_t i, int64_t o) const {
    const int64_t first = o / width * width;
    return first * in + i * least(width, out - first) + o - first;
  }
};

// u = G w G^T, from its row `row` on.
template <class W, class T>
void transform_weights(T* u, const Panels& panels, int64_t row, const T* w, const Taps<W>& taps) {
  constexpr int lanes = kLanes<T>, K = W::kTaps;
  const int64_t blocks = ceil_div(taps.out, lanes);
  parallel(taps.in * blocks, row_grain(16 * lanes), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t i = begin / blocks, o = begin % blocks * lanes;
      const int count = static_cast<int>(least(lanes, taps.out - o));
      T values[K * K][lanes] = {};
      const T* from = w + o * taps.out_step + i * taps.in_step;
      for (int k = 0; k < count; ++k, from += taps.out_step) {
        for (int tap = 0; tap < K * K; ++tap) {
          if (taps.at[tap] >= 0) values[tap][k] = from[taps.at[tap]];
        }
      }
      T* to = u + panels.at(row + i, o);
      transform_square<K, W::kIn, Vec<T>>(
          [](const auto& d, auto& t) { W::weight(d, t); },
          [&](int r, int c) { return load(values[K * r + c]); },
          [&](int r, int c, Vec<T> v) { store(to + (r * W::kIn + c) * panels.point, v); });
    }
  });
}

// dw = G^T u G.
template <class W, class T>
void finish_weights(T* dw, const Taps<W>& taps, const T* u, const Panels& panels, int64_t row,
                    Finite& finite) {
  constexpr int lanes = kLanes<T>, K = W::kTaps;
  const int64_t blocks = ceil_div(taps.out, lanes);
  parallel(taps.in * blocks, row_grain(16 * lanes), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t i = begin / blocks, o = begin % blocks * lanes;
      const int count = static_cast<int>(least(lanes, taps.out - o));
      const T* from = u + panels.at(row + i, o);
      Vec<T> zeros = {};
      T values[K * K][lanes];
      transform_square<W::kIn, K, Vec<T>>(
          [](const auto& d, auto& t) { W::weight_gradient(d, t); },
          [&](int r, int c) { return load(from + (r * W::kIn + c) * panels.point); },
          [&](int r, int c, Vec<T> v) {
            zeros += v - v;
            store(values[K * r + c], v);
          });
      for (int k = 0; k < count; ++k) {
        T* to = dw + (o + k) * taps.out_step + i * taps.in_step;
        for (int tap = 0; tap < K * K; ++tap) {
          if (taps.at[tap] >= 0) to[taps.at[tap]] = values[tap][k];
        }
      }
      finite.see<T>(zeros, count);
    }
  });
}

}  // namespace pydl::PYDL_ISA
