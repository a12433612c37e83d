// Loops over contiguous rows, in vectors: the body is written once, for whole vectors and the tail.
#pragma once

#include "cpu/kernels.h"
#include "cpu/math.h"

namespace pydl::PYDL_ISA {

// What a body loads and stores through: all lanes, or the first n.
template <class T>
struct WholeVector {
  Vec<T> load(const T* p, T = T(0)) const { return PYDL_ISA::load(p); }
  void store(T* p, Vec<T> x) const { PYDL_ISA::store(p, x); }
};
template <class T>
struct FirstLanes {
  int n;
  Vec<T> load(const T* p, T fill = T(0)) const { return load_n(p, n, fill); }
  void store(T* p, Vec<T> x) const { store_n(p, x, n); }
};

// body(i, part) for the vectors that start at i.
template <class T, class F>
inline void for_vectors(int64_t n, F body) {
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) body(i, WholeVector<T>{});
  if (i < n) body(i, FirstLanes<T>{static_cast<int>(n - i)});
}

// K sums over one or more rows: body(i, part, acc) adds to acc[0] ... acc[K - 1]; lanes past the
// row must add nothing. A lane adds up some 64 elements, and then goes to double. kSets
// accumulators of each sum hide the latency of the addition.
template <class T, int K, int kSets>
struct RowSums {
  Vec<T> acc[kSets][K] = {};
  double total[K] = {};
  int64_t depth = 0;

  template <class F>
  void add(int64_t n, F body) {
    constexpr int L = kLanes<T>;
    for (int64_t i = 0; i < n;) {
      if (depth >= 64) put_away();
      int64_t end = n - i > (64 - depth) * kSets * L ? i + (64 - depth) * kSets * L : n;
      depth += (end - i) / (kSets * L) + 1;
      for (; i + kSets * L <= end; i += kSets * L) {
        for (int s = 0; s < kSets; ++s) body(i + s * L, WholeVector<T>{}, acc[s]);
      }
      for (; i + L <= end; i += L) body(i, WholeVector<T>{}, acc[0]);
      if (i < end) {
        body(i, FirstLanes<T>{static_cast<int>(end - i)}, acc[0]);
        i = end;
      }
    }
  }
  void put_away() {
    for (int k = 0; k < K; ++k) {
      for (int s = 1; s < kSets; ++s) acc[0][k] += acc[s][k];
      total[k] += fold_lanes<T>(acc[0][k], [](auto a, auto b) { return a + b; });
      for (int s = 0; s < kSets; ++s) acc[s][k] = Vec<T>{};
    }
    depth = 0;
  }
};

template <class T, int K, int kSets, class F>
inline void row_sums(int64_t n, T (&sums)[K], F body) {
  RowSums<T, K, kSets> all;
  all.add(n, body);
  all.put_away();
  for (int k = 0; k < K; ++k) sums[k] = static_cast<T>(all.total[k]);
}

template <class T, class F>
inline T row_sum(int64_t n, F body) {
  T sums[1];
  row_sums<T, 1, 4>(n, sums, [&](int64_t i, auto part, Vec<T>* acc) { acc[0] += body(i, part); });
  return sums[0];
}

// NaN may win or not.
template <class T>
inline T row_max(const T* x, int64_t n) {
  constexpr int L = kLanes<T>;
  constexpr T kLowest = -__builtin_huge_val();
  Vec<T> m0 = splat(kLowest), m1 = m0, m2 = m0, m3 = m0;
  auto larger = [](auto a, auto b) { return b > a ? b : a; };
  int64_t i = 0;
  for (; i + 4 * L <= n; i += 4 * L) {
    m0 = larger(m0, load(x + i));
    m1 = larger(m1, load(x + i + L));
    m2 = larger(m2, load(x + i + 2 * L));
    m3 = larger(m3, load(x + i + 3 * L));
  }
  for_vectors<T>(n - i,
                 [&](int64_t j, auto part) { m0 = larger(m0, part.load(x + i + j, kLowest)); });
  return fold_lanes<T>(larger(larger(m0, m1), larger(m2, m3)), larger);
}

// K sums down each of the columns [0, columns): body(i, k, part, acc) adds what row i has in the
// vector of columns at k to acc[0] ... acc[K - 1]. Row by row, since a step from row to row of one
// column may be a whole page.
template <class T, int K, int kWidest, class F>
inline void column_sums(int64_t rows, int64_t columns, T (&sums)[K][kWidest], F body) {
  T block[K][kWidest];
  for (int k = 0; k < K; ++k) {
    for (int64_t c = 0; c < columns; ++c) sums[k][c] = 0;
  }
  for (int64_t i = 0; i < rows;) {
    for (int k = 0; k < K; ++k) {
      for (int64_t c = 0; c < columns; ++c) block[k][c] = 0;
    }
    for (int64_t end = rows - i > 64 ? i + 64 : rows; i < end; ++i) {
      for_vectors<T>(columns, [&](int64_t c, auto part) {
        Vec<T> acc[K];
        for (int k = 0; k < K; ++k) acc[k] = part.load(block[k] + c);
        body(i, c, part, acc);
        for (int k = 0; k < K; ++k) part.store(block[k] + c, acc[k]);
      });
    }
    for (int k = 0; k < K; ++k) {
      for (int64_t c = 0; c < columns; ++c) sums[k][c] += block[k][c];
    }
  }
}

// exp(x) where -inf and numbers far below 0 are common, as in a softmax: the processor takes 60 ns
// over each underflow that it computes.
template <class V>
inline V exp_below(V x) {
  auto gone = x < Lane<V>(sizeof(Lane<V>) == 4 ? -104 : -746);
  V e = vexp(gone ? V{} : x);
  return gone ? V{} : e;
}

}  // namespace pydl::PYDL_ISA
