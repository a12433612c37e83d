// Cross-entropy of rows of logits with a class for each row, as PyTorch defines it:
// loss = -(1 - s) weight[t] p[t] - s / size * sum(weight[c] p[c]) with p = log_softmax(x) and the
// smoothing s; a row whose class is ignore_index gives 0.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

template <class T>
T weight_sum(const T* weight, int64_t size) {
  if (!weight) return static_cast<T>(size);
  return row_sum<T>(size, [&](int64_t i, auto part) { return part.load(weight + i); });
}

}  // namespace

template <class T>
void cross_entropy(void* loss, void* log_sum, const void* x, const int64_t* target,
                   const void* weight, int64_t rows, int64_t size, int64_t ignore_index,
                   double smoothing) {
  const T* w = static_cast<const T*>(weight);
  T keep = static_cast<T>(1 - smoothing);
  T share = static_cast<T>(smoothing / static_cast<double>(size));
  T weights = smoothing > 0 ? weight_sum(w, size) : T(0);
  parallel(rows, row_grain(8 * size), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      T max = row_max(v, size);
      T sums[1];
      row_sums<T, 1, 2>(size, sums, [&](int64_t i, auto part, Vec<T>* acc) {
        acc[0] += exp_below(part.load(v + i, T(-__builtin_huge_val())) - max);
      });
      T log_of_sum = vlog(splat(sums[0]))[0];
      static_cast<T*>(log_sum)[row] = max + log_of_sum;
      T value = 0;
      int64_t t = target[row];
      if (t != ignore_index) {
        // max + log_of_sum is rounded, and the two apart are not.
        value = -keep * (w ? w[t] : T(1)) * ((v[t] - max) - log_of_sum);
        if (smoothing > 0) {
          T all = row_sum<T>(size, [&](int64_t i, auto part) {
            Vec<T> u = part.load(v + i, max) - max;
            return w ? u * part.load(w + i) : u;
          });
          value -= share * (all - weights * log_of_sum);
        }
      }
      static_cast<T*>(loss)[row] = value;
    }
  });
}

// dx[c] = g ((keep weight[t] + share sum(weight)) softmax(x)[c] - share weight[c] - keep weight[t]
// [c = t])
template <class T>
void cross_entropy_backward(void* dx, const void* g, int64_t g_step, double scale, const void* x,
                            const void* log_sum, const int64_t* target, const void* weight,
                            int64_t rows, int64_t size, int64_t ignore_index, double smoothing) {
  const T* w = static_cast<const T*>(weight);
  T keep = static_cast<T>(1 - smoothing);
  T share = static_cast<T>(smoothing / static_cast<double>(size));
  T weights = smoothing > 0 ? weight_sum(w, size) : T(0);
  parallel(rows, row_grain(8 * size), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      T* to = static_cast<T*>(dx) + row * size;
      int64_t t = target[row];
      if (t == ignore_index) {
        for (int64_t i = 0; i < size; ++i) to[i] = 0;
        continue;
      }
      T u = static_cast<const T*>(g)[row * g_step] * static_cast<T>(scale);
      T of_target = keep * (w ? w[t] : T(1));
      // log_sum is rounded: large logits need the sum of exp(x - log_sum), which is 1 in theory.
      T log_of_sum = static_cast<const T*>(log_sum)[row];
      T sums[1];
      row_sums<T, 1, 2>(size, sums, [&](int64_t i, auto part, Vec<T>* acc) {
        Vec<T> e = exp_below(part.load(v + i, T(-__builtin_huge_val())) - log_of_sum);
        part.store(to + i, e);
        acc[0] += e;
      });
      T factor = u * (of_target + share * weights) / sums[0], rest = u * share;
      for_vectors<T>(size, [&](int64_t i, auto part) {
        Vec<T> p = part.load(to + i) * factor;
        part.store(to + i, smoothing > 0 ? p - rest * (w ? part.load(w + i) : splat(T(1))) : p);
      });
      to[t] -= u * of_target;
    }
  });
}

PYDL_FOR_FLOATS(cross_entropy)
PYDL_FOR_FLOATS(cross_entropy_backward)

}  // namespace pydl::PYDL_ISA
