// The transformations of Winograd's F(M x M, K x K), in one dimension and in two; see winograd.cpp.
//
// A polynomial product's values are taken at the points 0, 1, -1, 2 (and, of six, -2) and at
// infinity. B^T, for the input, depends on the points alone; A^T makes M results, G takes K taps.
#pragma once

#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

template <int M, int K>
struct Winograd {
  static constexpr int kOut = M, kTaps = K, kIn = M + K - 1, kPoints = kIn * kIn;
  static_assert(kIn == 6 || (kIn == 5 && K == 2));

  // B^T.
  template <class V>
  static void input(const V (&d)[kIn], V (&t)[kIn]) {
    typedef Lane<V> T;
    if constexpr (kIn == 6) {
      const V even = d[4] - d[2] * T(4), odd = d[3] - d[1] * T(4);
      const V near = d[4] - d[2], far = (d[3] - d[1]) * T(2);
      t[0] = d[0] * T(4) - d[2] * T(5) + d[4];
      t[1] = even + odd;
      t[2] = even - odd;
      t[3] = near + far;
      t[4] = near - far;
      t[5] = d[1] * T(4) - d[3] * T(5) + d[5];
    } else {
      t[0] = (d[0] - d[2]) * T(2) - d[1] + d[3];
      t[1] = d[3] - d[2] - d[1] * T(2);
      t[2] = d[3] - d[2] * T(3) + d[1] * T(2);
      t[3] = d[3] - d[1];
      t[4] = (d[1] - d[3]) * T(2) - d[2] + d[4];
    }
  }

  // A^T.
  template <class V>
  static void output(const V (&m)[kIn], V (&y)[M]) {
    typedef Lane<V> T;
    const V s = m[1] + m[2], q = m[1] - m[2];
    if constexpr (kIn == 6) {
      const V u = m[3] + m[4], v = m[3] - m[4];
      y[0] = m[0] + s + u;
      y[1] = q + v * T(2);
      if constexpr (M == 4) {
        y[2] = s + u * T(4);
        y[3] = q + v * T(8);
      }
      y[M - 1] += m[5];
    } else {
      y[0] = m[0] + s + m[3];
      y[1] = q + m[3] * T(2);
      y[2] = s + m[3] * T(4);
      y[3] = q + m[3] * T(8) + m[4];
    }
  }

  // A.
  template <class V>
  static void gradient(const V (&g)[M], V (&m)[kIn]) {
    typedef Lane<V> T;
    V even = g[0], odd = g[1], far_even = g[0], far_odd = g[1] * T(2);
    if constexpr (M == 4) {
      even += g[2], odd += g[3];
      far_even += g[2] * T(4), far_odd += g[3] * T(8);
    }
    m[0] = g[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = far_even + far_odd;
    if constexpr (kIn == 6) m[4] = far_even - far_odd;
    m[kIn - 1] = g[M - 1];
  }

  // G.
  template <class V>
  static void weight(const V (&w)[K], V (&u)[kIn]) {
    typedef Lane<V> T;
    if constexpr (kIn == 6) {
      V sum = w[0] + w[2], one = w[1];
      V ends = w[0] * T(1.0 / 24) + w[2] * T(1.0 / 6), middle = w[1] * T(1.0 / 12);
      if constexpr (K == 5) {
        sum += w[4], one += w[3];
        ends += w[4] * T(2.0 / 3), middle += w[3] * T(1.0 / 3);
      }
      sum *= T(-1.0 / 6), one *= T(1.0 / 6);
      u[0] = w[0] * T(0.25);
      u[1] = sum - one;
      u[2] = sum + one;
      u[3] = ends + middle;
      u[4] = ends - middle;
    } else {
      u[0] = w[0] * T(0.5);
      u[1] = (w[0] + w[1]) * T(-0.5);
      u[2] = (w[1] - w[0]) * T(1.0 / 6);
      u[3] = w[0] * T(1.0 / 6) + w[1] * T(1.0 / 3);
    }
    u[kIn - 1] = w[K - 1];
  }

  // G^T.
  template <class V>
  static void weight_gradient(const V (&u)[kIn], V (&w)[K]) {
    typedef Lane<V> T;
    if constexpr (kIn == 6) {
      const V near = (u[1] + u[2]) * T(1.0 / 6), apart = (u[2] - u[1]) * T(1.0 / 6);
      const V far = u[3] + u[4], across = u[3] - u[4];
      w[0] = u[0] * T(0.25) - near + far * T(1.0 / 24);
      w[1] = apart + across * T(1.0 / 12);
      w[2] = far * T(1.0 / 6) - near;
      if constexpr (K == 5) {
        w[3] = apart + across * T(1.0 / 3);
        w[4] = far * T(2.0 / 3) - near;
      }
    } else {
      w[0] = (u[0] - u[1]) * T(0.5) + (u[3] - u[2]) * T(1.0 / 6);
      w[1] = u[1] * T(-0.5) + u[2] * T(1.0 / 6) + u[3] * T(1.0 / 3);
    }
    w[K - 1] += u[kIn - 1];
  }
};

// Both dimensions: column() over the columns and then the rows of [N][N] values from(row, column);
// results by to(row, column, x).
template <int N, int M, class V, class F, class From, class To>
inline void transform_square(const F& column, const From& from, const To& to) {
  V half[M][N];
#pragma GCC unroll 6
  for (int c = 0; c < N; ++c) {
    V d[N], t[M];
#pragma GCC unroll 6
    for (int r = 0; r < N; ++r) d[r] = from(r, c);
    column(d, t);
#pragma GCC unroll 6
    for (int r = 0; r < M; ++r) half[r][c] = t[r];
  }
  for (int r = 0; r < M; ++r) {
    V t[M];
    column(half[r], t);
#pragma GCC unroll 6
    for (int c = 0; c < M; ++c) to(r, c, t[c]);
  }
}

}  // namespace pydl::PYDL_ISA
