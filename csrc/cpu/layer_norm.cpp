// Layer normalisation of the rows of x[rows, size], its statistics in two passes; without a mean it
// is RMS normalisation.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// Rows whose parts of dweight and dbias are added up in one piece of scratch: at most 64 pieces.
int64_t rows_per_piece(int64_t rows, int64_t size) {
  int64_t grain = row_grain(8 * size), least = (rows + 63) / 64;
  return grain > least ? grain : least;
}

}  // namespace

template <class T>
void layer_norm(void* y, void* mean, void* rstd, const void* x, const void* weight,
                const void* bias, int64_t rows, int64_t size, double eps) {
  const T* w = static_cast<const T*>(weight);
  const T* b = static_cast<const T*>(bias);
  parallel(rows, row_grain(4 * size), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      T* to = static_cast<T*>(y) + row * size;
      T n = static_cast<T>(size);
      T m = 0;
      if (mean) m = row_sum<T>(size, [&](int64_t i, auto part) { return part.load(v + i); }) / n;
      T variance = row_sum<T>(size,
                              [&](int64_t i, auto part) {
                                Vec<T> d = part.load(v + i, m) - m;
                                return d * d;
                              }) /
                   n;
      T r = 1 / vsqrt(splat(variance + static_cast<T>(eps)))[0];
      if (mean) static_cast<T*>(mean)[row] = m;
      static_cast<T*>(rstd)[row] = r;
      for_vectors<T>(size, [&](int64_t i, auto part) {
        Vec<T> h = (part.load(v + i) - m) * r;
        if (w) h *= part.load(w + i);
        if (b) h += part.load(b + i);
        part.store(to + i, h);
      });
    }
  });
}

// With h = (x - mean) rstd and u = g weight: dx = rstd (u - avg(u) - h avg(u h)),
// dweight = sum(g h) and dbias = sum(g) over the rows. Without a mean avg(u) is left out.
template <class T>
void layer_norm_backward(void* dx, void* dweight, void* dbias, const void* g, const void* x,
                         const void* mean, const void* rstd, const void* weight, int64_t rows,
                         int64_t size, void* scratch) {
  const T* w = static_cast<const T*>(weight);
  T* pieces = static_cast<T*>(scratch);  // [pieces, 2, size]
  bool sums_wanted = dweight || dbias;
  int64_t grain = rows_per_piece(rows, size);
  parallel(rows, grain, [&](int64_t begin, int64_t end) {
    T* dw = pieces + begin / grain * 2 * size;
    T* db = dw + size;
    for (int64_t i = 0; sums_wanted && i < 2 * size; ++i) dw[i] = 0;
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      const T* u = static_cast<const T*>(g) + row * size;
      T m = mean ? static_cast<const T*>(mean)[row] : T(0), r = static_cast<const T*>(rstd)[row];
      T sums[2] = {};  // of u and u h
      auto scaled = [&](int64_t i, auto part) {
        return w ? part.load(u + i) * part.load(w + i) : part.load(u + i);
      };
      if (dx) {
        row_sums<T, 2, 2>(size, sums, [&](int64_t i, auto part, Vec<T>* acc) {
          Vec<T> s = scaled(i, part);
          acc[0] += s;
          acc[1] += s * ((part.load(v + i) - m) * r);
        });
      }
      T a = mean ? sums[0] / static_cast<T>(size) : T(0), c = sums[1] / static_cast<T>(size);
      for_vectors<T>(size, [&](int64_t i, auto part) {
        Vec<T> h = (part.load(v + i) - m) * r;
        if (dx) {
          part.store(static_cast<T*>(dx) + row * size + i, r * (scaled(i, part) - a - h * c));
        }
        if (sums_wanted) {
          Vec<T> s = part.load(u + i);
          part.store(dw + i, part.load(dw + i) + s * h);
          part.store(db + i, part.load(db + i) + s);
        }
      });
    }
  });
  if (!sums_wanted) return;
  int64_t count = (rows + grain - 1) / grain;
  parallel(size, row_grain(2 * count), [&](int64_t begin, int64_t end) {
    for_vectors<T>(end - begin, [&](int64_t i, auto part) {
      for (int k = 0; k < 2; ++k) {
        T* to = static_cast<T*>(k == 0 ? dweight : dbias);
        if (!to) continue;
        Vec<T> sum{};
        for (int64_t piece = 0; piece < count; ++piece) {
          sum += part.load(pieces + (2 * piece + k) * size + begin + i);
        }
        part.store(to + begin + i, sum);
      }
    });
  });
}

template <class T>
void layer_norm_scratch(int64_t rows, int64_t size, size_t* bytes) {
  int64_t grain = rows_per_piece(rows, size);
  *bytes = static_cast<size_t>((rows + grain - 1) / grain * 2 * size) * sizeof(T);
}

PYDL_FOR_FLOATS(layer_norm)
PYDL_FOR_FLOATS(layer_norm_backward)
PYDL_FOR_FLOATS(layer_norm_scratch)

}  // namespace pydl::PYDL_ISA
