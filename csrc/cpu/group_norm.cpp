// Normalisation of x[batch, groups, width, inner], each group of `width` channels by itself, with a
// weight and a bias for each channel. With inner 1 vectors lie along the channels.
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

// f(first, count, channel, part): the channels of a group that share a weight. With inner 1 each
// element is a channel of its own, and f is called once, for all.
template <class F>
void for_channels(const GroupNormArgs& a, int64_t group, F f) {
  int64_t width = a.channels / a.groups, channel = group * width;
  if (a.inner == 1) {
    f(int64_t{0}, width, channel);
  } else {
    for (int64_t c = 0; c < width; ++c) f(c * a.inner, a.inner, channel + c);
  }
}

// The weights of elements from `channel` on: neighbours where inner is 1, else one for all.
template <class T>
struct ByChannel {
  const T* values;
  bool neighbours;
  T none;

  template <class P>
  Vec<T> at(int64_t channel, int64_t i, P part) const {
    if (!values) return splat(none);
    return neighbours ? part.load(values + channel + i) : splat(values[channel]);
  }
};

}  // namespace

template <class T>
void group_norm(const GroupNormArgs& a, void* y, void* mean, void* var, void* rstd, const void* x,
                const void* weight, const void* bias) {
  int64_t size = a.channels / a.groups * a.inner;
  ByChannel<T> w{static_cast<const T*>(weight), a.inner == 1, T(1)};
  ByChannel<T> b{static_cast<const T*>(bias), a.inner == 1, T(0)};
  parallel(a.batch * a.groups, row_grain(4 * size), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      T* to = static_cast<T*>(y) + row * size;
      T n = static_cast<T>(size);
      T m = row_sum<T>(size, [&](int64_t i, auto part) { return part.load(v + i); }) / n;
      T variance = row_sum<T>(size,
                              [&](int64_t i, auto part) {
                                Vec<T> d = part.load(v + i, m) - m;
                                return d * d;
                              }) /
                   n;
      T r = 1 / vsqrt(splat(variance + static_cast<T>(a.eps)))[0];
      static_cast<T*>(mean)[row] = m;
      static_cast<T*>(var)[row] = variance;
      static_cast<T*>(rstd)[row] = r;
      for_channels(a, row % a.groups, [&](int64_t first, int64_t count, int64_t channel) {
        for_vectors<T>(count, [&](int64_t i, auto part) {
          Vec<T> h = (part.load(v + first + i) - m) * r;
          part.store(to + first + i, h * w.at(channel, i, part) + b.at(channel, i, part));
        });
      });
    }
  });
}

// With h = (x - mean) rstd and u = g weight: dx = rstd (u - avg(u) - h avg(u h)), the averages over
// the group; dweight = sum(g h) and dbias = sum(g) over all but the channels.
template <class T>
void group_norm_backward(const GroupNormArgs& a, void* dx, void* dweight, void* dbias,
                         const void* g, const void* x, const void* mean, const void* rstd,
                         const void* weight, void* scratch) {
  int64_t size = a.channels / a.groups * a.inner;
  ByChannel<T> w{static_cast<const T*>(weight), a.inner == 1, T(1)};
  T* gh_sums = static_cast<T*>(scratch);  // [batch, channels]
  T* g_sums = gh_sums + a.batch * a.channels;
  parallel(a.batch * a.groups, row_grain(8 * size), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* v = static_cast<const T*>(x) + row * size;
      const T* u = static_cast<const T*>(g) + row * size;
      T m = static_cast<const T*>(mean)[row], r = static_cast<const T*>(rstd)[row];
      int64_t group = row % a.groups, sample = row / a.groups * a.channels;
      double sums[2] = {};  // of u and u h over the group, weighted
      for_channels(a, group, [&](int64_t first, int64_t count, int64_t channel) {
        RowSums<T, 2, 2> all;
        if (a.inner == 1) {
          all.add(count, [&](int64_t i, auto part, Vec<T>* acc) {
            Vec<T> s = part.load(u + i), sh = s * ((part.load(v + i, m) - m) * r);
            part.store(g_sums + sample + channel + i, s);
            part.store(gh_sums + sample + channel + i, sh);
            Vec<T> scale = w.at(channel, i, part);
            acc[0] += s * scale;
            acc[1] += sh * scale;
          });
          all.put_away();
          sums[0] = all.total[0], sums[1] = all.total[1];
          return;
        }
        all.add(count, [&](int64_t i, auto part, Vec<T>* acc) {
          Vec<T> s = part.load(u + first + i);
          acc[0] += s;
          acc[1] += s * ((part.load(v + first + i, m) - m) * r);
        });
        all.put_away();
        g_sums[sample + channel] = static_cast<T>(all.total[0]);
        gh_sums[sample + channel] = static_cast<T>(all.total[1]);
        double scale = w.values ? static_cast<double>(w.values[channel]) : 1;
        sums[0] += scale * all.total[0];
        sums[1] += scale * all.total[1];
      });
      T u_avg = static_cast<T>(sums[0] / static_cast<double>(size));
      T slope = static_cast<T>(sums[1] / static_cast<double>(size));
      T* to = static_cast<T*>(dx) + row * size;
      for_channels(a, group, [&](int64_t first, int64_t count, int64_t channel) {
        for_vectors<T>(count, [&](int64_t i, auto part) {
          Vec<T> h = (part.load(v + first + i) - m) * r;
          Vec<T> s = part.load(u + first + i) * w.at(channel, i, part);
          part.store(to + first + i, r * (s - u_avg - h * slope));
        });
      });
    }
  });
  parallel(a.channels, row_grain(2 * a.batch), [&](int64_t begin, int64_t end) {
    for (int k = 0; k < 2; ++k) {
      const T* from = k == 0 ? gh_sums : g_sums;
      T* to = static_cast<T*>(k == 0 ? dweight : dbias);
      for_vectors<T>(end - begin, [&](int64_t i, auto part) {
        Vec<T> sum{};
        for (int64_t n = 0; n < a.batch; ++n) sum += part.load(from + n * a.channels + begin + i);
        part.store(to + begin + i, sum);
      });
    }
  });
}

PYDL_FOR_FLOATS(group_norm)
PYDL_FOR_FLOATS(group_norm_backward)

}  // namespace pydl::PYDL_ISA
