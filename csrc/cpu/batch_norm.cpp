// Batch normalisation by channel of x[batch, channels, inner]. With inner 1 (rows of features)
// vectors lie along the channels, otherwise along inner.
#include "cpu/columns.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {

template <class T>
void batch_norm_stats(void* mean, void* var, const void* x, int64_t batch, int64_t channels,
                      int64_t inner) {
  Loop kept{}, reduced{};
  kept.ndim = 1, kept.shape[0] = channels;
  kept.strides[0][0] = 1, kept.strides[1][0] = inner;
  reduced.ndim = 2, reduced.shape[0] = batch, reduced.shape[1] = inner;
  reduced.strides[1][0] = channels * inner, reduced.strides[1][1] = 1;
  moments<T>(kept, reduced, mean, var, x);
  T count = static_cast<T>(batch * inner);
  for (int64_t c = 0; c < channels; ++c) static_cast<T*>(var)[c] /= count;
}

template <class T>
void batch_norm(void* y, const void* x, const void* mean, const void* rstd, const void* weight,
                const void* bias, int64_t batch, int64_t channels, int64_t inner) {
  const T* m = static_cast<const T*>(mean);
  const T* r = static_cast<const T*>(rstd);
  const T* w = static_cast<const T*>(weight);
  const T* b = static_cast<const T*>(bias);
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  if (inner == 1) {
    parallel(batch, row_grain(channels), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        for_vectors<T>(channels, [&](int64_t c, auto part) {
          Vec<T> scale = part.load(r + c);
          if (w) scale *= part.load(w + c);
          Vec<T> h = (part.load(from + n * channels + c) - part.load(m + c)) * scale;
          part.store(to + n * channels + c, b ? h + part.load(b + c) : h);
        });
      }
    });
    return;
  }
  parallel(batch * channels, row_grain(inner), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t c = i % channels;
      T scale = w ? r[c] * w[c] : r[c], shift = b ? b[c] : T(0), mean_of = m[c];
      for_vectors<T>(inner, [&](int64_t k, auto part) {
        part.store(to + i * inner + k, (part.load(from + i * inner + k) - mean_of) * scale + shift);
      });
    }
  });
}

namespace {

constexpr int kColumns = 512;

template <class T>
struct Backward {
  bool training;
  T *dx, *dweight, *dbias;
  const T *g, *x, *mean, *rstd, *weight;
  int64_t batch, channels, inner;

  void channel(int64_t c) const {
    T m = mean[c], r = rstd[c];
    RowSums<T, 2, 2> sums;  // of g and g h
    for (int64_t n = 0; n < batch; ++n) {
      int64_t at = (n * channels + c) * inner;
      sums.add(inner, [&](int64_t i, auto part, Vec<T>* acc) {
        Vec<T> u = part.load(g + at + i);
        acc[0] += u;
        acc[1] += u * ((part.load(x + at + i, m) - m) * r);
      });
    }
    sums.put_away();
    double g_sum = sums.total[0], gh_sum = sums.total[1];
    if (dweight) dweight[c] = static_cast<T>(gh_sum);
    if (dbias) dbias[c] = static_cast<T>(g_sum);
    if (!dx) return;
    double count = static_cast<double>(batch * inner);
    T scale = weight ? r * weight[c] : r;
    T g_avg = static_cast<T>(g_sum / count), slope = static_cast<T>(gh_sum / count) * r;
    for (int64_t n = 0; n < batch; ++n) {
      int64_t at = (n * channels + c) * inner;
      for_vectors<T>(inner, [&](int64_t i, auto part) {
        Vec<T> u = part.load(g + at + i);
        if (training) u -= g_avg + (part.load(x + at + i) - m) * slope;
        part.store(dx + at + i, u * scale);
      });
    }
  }

  // Neighbouring channels; inner is 1.
  void channels_of(int64_t begin, int64_t end) const {
    T sums[2][kColumns];  // of g and g h
    column_sums<T>(batch, end - begin, sums, [&](int64_t n, int64_t k, auto part, Vec<T>* acc) {
      int64_t c = begin + k, at = n * channels + c;
      Vec<T> u = part.load(g + at);
      acc[0] += u;
      acc[1] += u * (part.load(x + at) - part.load(mean + c));
    });
    for (int64_t c = begin; c < end; ++c) sums[1][c - begin] *= rstd[c];
    for (int64_t c = begin; c < end; ++c) {
      if (dweight) dweight[c] = sums[1][c - begin];
      if (dbias) dbias[c] = sums[0][c - begin];
    }
    if (!dx) return;
    T scale[kColumns];
    for (int64_t k = 0; k < end - begin; ++k) {
      T r = rstd[begin + k];
      scale[k] = weight ? r * weight[begin + k] : r;
      sums[0][k] /= static_cast<T>(batch);
      sums[1][k] = sums[1][k] / static_cast<T>(batch) * r;
    }
    for (int64_t n = 0; n < batch; ++n) {
      for_vectors<T>(end - begin, [&](int64_t k, auto part) {
        int64_t c = begin + k, at = n * channels + c;
        Vec<T> u = part.load(g + at);
        if (training) {
          Vec<T> centred = part.load(x + at) - part.load(mean + c);
          u -= part.load(sums[0] + k) + centred * part.load(sums[1] + k);
        }
        part.store(dx + at, u * part.load(scale + k));
      });
    }
  }
};

}  // namespace

// With h = (x - mean) rstd: dweight = sum(g h), dbias = sum(g), both by channel;
// dx = weight rstd (g - avg(g) - h avg(g h)) in training, weight rstd g otherwise.
template <class T>
void batch_norm_backward(bool training, void* dx, void* dweight, void* dbias, const void* g,
                         const void* x, const void* mean, const void* rstd, const void* weight,
                         int64_t batch, int64_t channels, int64_t inner) {
  Backward<T> b{training,
                static_cast<T*>(dx),
                static_cast<T*>(dweight),
                static_cast<T*>(dbias),
                static_cast<const T*>(g),
                static_cast<const T*>(x),
                static_cast<const T*>(mean),
                static_cast<const T*>(rstd),
                static_cast<const T*>(weight),
                batch,
                channels,
                inner};
  if (inner == 1) {
    int64_t widest = cached_columns(2 * batch * static_cast<int64_t>(sizeof(T)), kColumns);
    parallel_columns(1, channels, 8 * batch + 1, widest,
                     [&](int64_t, int64_t begin, int64_t end) { b.channels_of(begin, end); });
    return;
  }
  parallel(channels, row_grain(4 * batch * inner), [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) b.channel(c);
  });
}

PYDL_FOR_FLOATS(batch_norm_stats)
PYDL_FOR_FLOATS(batch_norm)
PYDL_FOR_FLOATS(batch_norm_backward)

}  // namespace pydl::PYDL_ISA
