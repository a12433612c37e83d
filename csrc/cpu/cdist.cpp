// Distances of all pairs of rows, in any p-norm.
#include "cpu/power.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// Terms are added up in blocks of this many, and the blocks' sums then.
constexpr int64_t kDepth = 64;

// y[k] for N vectors of columns of x2[size, others] from `column` on.
template <class T, int N, class Part, class Add, class Finish>
inline void distances(T* y, const T* x1, const T* x2, int64_t others, int64_t size, Part part,
                      Add add, Finish finish) {
  constexpr int L = kLanes<T>;
  Vec<T> total[N] = {};
  for (int64_t m = 0; m < size;) {
    Vec<T> acc[N] = {};
    for (int64_t end = size - m > kDepth ? m + kDepth : size; m < end; ++m) {
      Vec<T> a = splat(x1[m]);
      for (int k = 0; k < N; ++k) acc[k] = add(acc[k], a - part.load(x2 + m * others + k * L));
    }
    for (int k = 0; k < N; ++k) total[k] = finish.join(total[k], acc[k]);
  }
  for (int k = 0; k < N; ++k) part.store(y + k * L, finish(total[k]));
}

// The rows of y, each from one of x1 and all columns of x2.
template <class T, class Add, class Finish>
void all_distances(T* y, const T* x1, const T* x2, int64_t batch, int64_t rows, int64_t others,
                   int64_t size, int64_t cost, Add add, Finish finish) {
  constexpr int64_t kBlock = 4 * kLanes<T>;
  parallel(batch * rows, row_grain(cost * others * size), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* to = x2 + i / rows * size * others;
      int64_t j = 0;
      for (; j + kBlock <= others; j += kBlock) {
        distances<T, 4>(y + i * others + j, x1 + i * size, to + j, others, size, WholeVector<T>{},
                        add, finish);
      }
      for_vectors<T>(others - j, [&](int64_t k, auto part) {
        distances<T, 1>(y + i * others + j + k, x1 + i * size, to + j + k, others, size, part, add,
                        finish);
      });
    }
  });
}

// What is done with a total of terms: sums are joined by adding.
template <class F>
struct OfSum {
  F f;
  template <class V>
  V join(V a, V b) const {
    return a + b;
  }
  template <class V>
  V operator()(V x) const {
    return f(x);
  }
};
template <class F>
OfSum(F) -> OfSum<F>;

struct OfMax {
  template <class V>
  V join(V a, V b) const {
    return vmax(a, b);
  }
  template <class V>
  V operator()(V x) const {
    return x;
  }
};

}  // namespace

template <class T>
void cdist(void* y, const void* x1, const void* x2, int64_t batch, int64_t rows, int64_t others,
           int64_t size, double p) {
  auto run = [&](int64_t cost, auto add, auto finish) {
    all_distances(static_cast<T*>(y), static_cast<const T*>(x1), static_cast<const T*>(x2), batch,
                  rows, others, size, cost, add, finish);
  };
  if (p == 2) {
    run(1, [](auto acc, auto d) { return acc + d * d; }, OfSum{[](auto x) { return vsqrt(x); }});
  } else if (p == 1) {
    run(1, [](auto acc, auto d) { return acc + vabs(d); }, OfSum{[](auto x) { return x; }});
  } else if (p == 0) {
    run(
        1, [](auto acc, auto d) { return acc + (d != T(0) ? splat(T(1)) : splat(T(0))); },
        OfSum{[](auto x) { return x; }});
  } else if (p > 1e308) {
    run(1, [](auto acc, auto d) { return vmax(acc, vabs(d)); }, OfMax{});
  } else {
    const T power = T(p), root = T(1 / p);
    run(
        40, [=](auto acc, auto d) { return acc + vpow(vabs(d), splat(power)); },
        OfSum{[=](auto x) { return vpow(x, splat(root)); }});
  }
}

namespace {

// dx1[i] = the sum over j of share(x1[i] - x2[j], weight), weight = weigh(g[i, j], y[i, j]).
template <class T, class Weigh, class Share>
void all_shares(T* dx1, const T* g, const T* y, const T* x1, const T* x2, int64_t batch,
                int64_t rows, int64_t others, int64_t size, int64_t cost, Weigh weigh,
                Share share) {
  parallel(batch * rows, row_grain(cost * others * size), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* from = x2 + i / rows * others * size;
      for_vectors<T>(size, [&](int64_t m, auto part) {
        Vec<T> x = part.load(x1 + i * size + m), total = {};
        for (int64_t j = 0; j < others;) {
          Vec<T> acc = {};
          for (int64_t last = others - j > kDepth ? j + kDepth : others; j < last; ++j) {
            T distance = y[i * others + j];
            T weight = weigh(g[i * others + j], distance);
            acc += share(x - part.load(from + j * size + m), weight, distance);
          }
          total += acc;
        }
        part.store(dx1 + i * size + m, total);
      });
    }
  });
}

}  // namespace

template <class T>
void cdist_backward(void* dx1, const void* g, const void* y, const void* x1, const void* x2,
                    int64_t batch, int64_t rows, int64_t others, int64_t size, double p) {
  auto run = [&](int64_t cost, auto weigh, auto share) {
    all_shares(static_cast<T*>(dx1), static_cast<const T*>(g), static_cast<const T*>(y),
               static_cast<const T*>(x1), static_cast<const T*>(x2), batch, rows, others, size,
               cost, weigh, share);
  };
  auto whole = [](T g, T) { return g; };
  // w times the sign of d, which is 0 for 0.
  auto signs = [](auto d, T w) { return d > T(0) ? splat(w) : d < T(0) ? splat(-w) : d * T(0); };
  if (p == 2) {
    run(
        1, [](T g, T y) { return y == T(0) ? T(0) : g / y; },
        [](auto d, T w, T) { return d * splat(w); });
  } else if (p == 1) {
    run(1, whole, [=](auto d, T w, T) { return signs(d, w); });
  } else if (p == 0) {
    run(1, whole, [](auto d, T, T) { return d * T(0); });
  } else if (p > 1e308) {
    run(1, whole, [=](auto d, T w, T y) { return vabs(d) == y ? signs(d, w) : d * T(0); });
  } else {
    const T power = T(p - 1);
    run(40, whole, [=](auto d, T w, T y) {
      auto some = vpow(vabs(d) / splat(y), splat(power)) * signs(d, w);
      return (d == T(0)) | (splat(y) == T(0)) ? d * T(0) : some;
    });
  }
}

PYDL_FOR_FLOATS(cdist)
PYDL_FOR_FLOATS(cdist_backward)

}  // namespace pydl::PYDL_ISA
