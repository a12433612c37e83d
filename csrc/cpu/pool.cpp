// Pooling over planes of up to three space dimensions.
//
// A window is clipped to the input, so padding is never read. Two ways through a row of outputs:
// lanes are neighbouring outputs (small kernels, stride 1 or 2), or lanes run along one window.
#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kEdge = 128;  // elements of a row that fit the buffer for padded windows

// The part of a window that lies inside the input: first, first + step, ... (count places; a
// dilated window may have none, then first is 0).
struct Taps {
  int64_t first, count, step;
};

Taps taps_of(const PoolArgs& p, int dim, int64_t out) {
  int64_t start = out * p.stride[dim] - p.padding[dim];
  int64_t step = p.dilation[dim];
  int64_t skip = start < 0 ? (step - 1 - start) / step : 0;
  int64_t stop = (p.in[dim] - start + step - 1) / step;
  if (stop > p.kernel[dim]) stop = p.kernel[dim];
  if (stop <= skip) return {0, 0, step};
  return {start + skip * step, stop - skip, step};
}

// A dimension whose window is the whole of it joins the one before: global pooling becomes a
// reduction of one long row.
PoolArgs merged(PoolArgs p) {
  for (int dim = 2; dim > 0; --dim) {
    if (p.out[2] != 1 || p.kernel[2] != p.in[2] || p.padding[2] != 0 || p.dilation[2] != 1) break;
    if (p.dilation[1] != 1 || p.in[2] == 0) break;
    int64_t width = p.in[2];
    p.in[2] = p.in[1] * width, p.out[2] = p.out[1], p.kernel[2] = p.kernel[1] * width;
    p.stride[2] = p.stride[1] * width, p.padding[2] = p.padding[1] * width;
    p.in[1] = p.in[0], p.out[1] = p.out[0], p.kernel[1] = p.kernel[0];
    p.stride[1] = p.stride[0], p.padding[1] = p.padding[0], p.dilation[1] = p.dilation[0];
    p.in[0] = p.out[0] = p.kernel[0] = p.stride[0] = p.dilation[0] = 1, p.padding[0] = 0;
  }
  return p;
}

int64_t rows_of(const PoolArgs& p) { return p.planes * p.out[0] * p.out[1]; }

int64_t grain_of(const PoolArgs& p) {
  return row_grain(p.out[2] * p.kernel[0] * p.kernel[1] * p.kernel[2]);
}

// The running maximum; the earlier one wins, the first NaN wins over all.
template <class T>
struct Max {
  Vec<T> value;
  Vec<Bits<T>> place;
  static constexpr T kStart = -__builtin_huge_val();

  void add(Vec<T> x, Vec<Bits<T>> at) {
    Vec<Bits<T>> take = ~(x <= value) & (value == value);
    value = select<T>(take, x, value);
    place = take ? at : place;
  }
};

template <class T>
struct Sum {
  Vec<T> value;
  static constexpr T kStart = 0;

  void add(Vec<T> x, Vec<Bits<T>>) { value += x; }
};

template <class T>
Vec<Bits<T>> iota(Bits<T> first, Bits<T> step) {
  Vec<Bits<T>> x;
  for (int i = 0; i < kLanes<T>; ++i) x[i] = first + static_cast<Bits<T>>(i) * step;
  return x;
}

int clamped(int64_t n, int lanes) { return n < 0 ? 0 : n > lanes ? lanes : static_cast<int>(n); }

// p[0], p[S], p[2 S] ...: n of them.
template <int S, class T>
Vec<T> load_every(const T* p, int n) {
  constexpr int lanes = kLanes<T>;
  if constexpr (S == 1) return n == lanes ? load(p) : load_n(p, n);
  if (n == lanes) return evens<T>(load(p), load_n(p + lanes, lanes - 1));
  int64_t span = 2 * n - 1;
  return evens<T>(load_n(p, clamped(span, lanes)), load_n(p + lanes, clamped(span - lanes, lanes)));
}

// Lanes are outputs ow ... ow + n - 1 of one row. x: one plane.
template <int S, class A, class T>
void pool_lanes(const PoolArgs& p, A& acc, const T* x, Taps d, Taps h, int64_t ow, int n) {
  int64_t start = ow * S - p.padding[2];
  int64_t span = (n - 1) * S + (p.kernel[2] - 1) * p.dilation[2] + 1;
  bool inside = start >= 0 && start + span <= p.in[2];
  T edge[kEdge + 2 * kLanes<T>];
  for (int64_t i = 0; i < d.count; ++i) {
    for (int64_t j = 0; j < h.count; ++j) {
      int64_t row = ((d.first + i * d.step) * p.in[1] + h.first + j * h.step) * p.in[2];
      const T* from = x + row + start;
      if (!inside) {
        for (int64_t k = 0; k < span; k += kLanes<T>) store(edge + k, splat(A::kStart));
        int64_t stop = p.in[2] - start < span ? p.in[2] - start : span;
        for (int64_t k = start < 0 ? -start : 0; k < stop; k += kLanes<T>) {
          store(edge + k, load_n(from + k, clamped(stop - k, kLanes<T>), A::kStart));
        }
        from = edge;
      }
      Vec<Bits<T>> at = iota<T>(static_cast<Bits<T>>(row + start), S);
      for (int64_t k = 0; k < p.kernel[2]; ++k) {
        Bits<T> offset = static_cast<Bits<T>>(k * p.dilation[2]);
        acc.add(load_every<S>(from + offset, n), at + offset);
      }
    }
  }
}

// Whether a row of outputs goes by pool_lanes: its padded windows must fit the buffer, and places
// in a plane must fit an integer as wide as T.
template <class T>
bool by_lanes(const PoolArgs& p) {
  int64_t span = (kLanes<T> - 1) * 2 + (p.kernel[2] - 1) * p.dilation[2] + 1;
  int64_t plane = p.in[0] * p.in[1] * p.in[2] + p.padding[2] + span;
  bool wide = p.dilation[2] == 1 && p.kernel[2] > 2 * kLanes<T> && p.out[2] < kLanes<T>;
  return p.stride[2] <= 2 && span <= kEdge && plane < (int64_t{1} << 31) && !wide;
}

template <class T>
struct Best {
  T value;
  int64_t place;

  void add(T x, int64_t at) {
    if (!(x <= value) && value == value) value = x, place = at;
  }
};

template <class T>
Best<T> max_of_window(const PoolArgs& p, const T* x, Taps d, Taps h, Taps w) {
  constexpr int lanes = kLanes<T>;
  Best<T> best = {Max<T>::kStart, (d.first * p.in[1] + h.first) * p.in[2] + w.first};
  for (int64_t i = 0; i < d.count; ++i) {
    for (int64_t j = 0; j < h.count; ++j) {
      int64_t row = ((d.first + i * d.step) * p.in[1] + h.first + j * h.step) * p.in[2] + w.first;
      int64_t k = 0;
      // The vectors only find out whether there is anything to see in this stretch.
      for (; w.step == 1 && w.count - k >= 4 * lanes; k += 4 * lanes) {
        Vec<Bits<T>> seen = {};
        for (int v = 0; v < 4; ++v) seen |= ~(load(x + row + k + v * lanes) <= splat(best.value));
        if (!any(seen)) continue;
        for (int64_t v = k; v < k + 4 * lanes; ++v) best.add(x[row + v], row + v);
      }
      for (; k < w.count; ++k) best.add(x[row + k * w.step], row + k * w.step);
    }
  }
  return best;
}

template <class T>
T sum_of_window(const PoolArgs& p, const T* x, Taps d, Taps h, Taps w) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sums[4] = {};
  T rest = 0;
  for (int64_t i = 0; i < d.count; ++i) {
    for (int64_t j = 0; j < h.count; ++j) {
      const T* row = x + ((d.first + i) * p.in[1] + h.first + j) * p.in[2] + w.first;
      int64_t k = 0;
      for (; w.count - k >= 4 * lanes; k += 4 * lanes) {
        for (int v = 0; v < 4; ++v) sums[v] += load(row + k + v * lanes);
      }
      for (; w.count - k >= lanes; k += lanes) sums[0] += load(row + k);
      for (; k < w.count; ++k) rest += row[k];
    }
  }
  Vec<T> sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return rest + fold_lanes<T>(sum, [](auto a, auto b) { return a + b; });
}

template <int S, class T>
void max_row(const PoolArgs& p, T* y, int64_t* index, const T* x, Taps d, Taps h) {
  constexpr int lanes = kLanes<T>;
  for (int64_t ow = 0; ow < p.out[2]; ow += lanes) {
    int n = clamped(p.out[2] - ow, lanes);
    // The place of the window's first element, which stands if nothing exceeds -inf.
    Vec<Bits<T>> place = iota<T>(static_cast<Bits<T>>(ow * S - p.padding[2]), S);
    Bits<T> step = static_cast<Bits<T>>(p.dilation[2]);
    for (int64_t k = p.padding[2] - ow * S; k > 0; k -= step) {
      place = place < 0 ? place + step : place;
    }
    place = place < static_cast<Bits<T>>(p.in[2]) ? place : 0;
    place += static_cast<Bits<T>>((d.first * p.in[1] + h.first) * p.in[2]);
    Max<T> acc = {splat(Max<T>::kStart), place};
    pool_lanes<S>(p, acc, x, d, h, ow, n);
    store_n(y + ow, acc.value, n);
    for (int i = 0; i < n; ++i) index[ow + i] = acc.place[i];
  }
}

template <class T>
void max_row_by_window(const PoolArgs& p, T* y, int64_t* index, const T* x, Taps d, Taps h) {
  for (int64_t ow = 0; ow < p.out[2]; ++ow) {
    Best<T> best = max_of_window(p, x, d, h, taps_of(p, 2, ow));
    y[ow] = best.value, index[ow] = best.place;
  }
}

// f(plane, od, oh, row) for each row of outputs.
template <class F>
void for_rows(const PoolArgs& p, F&& f) {
  if (rows_of(p) * p.out[2] == 0) return;
  parallel(rows_of(p), grain_of(p), [&](int64_t begin, int64_t end) {
    int64_t oh = begin % p.out[1], od = begin / p.out[1] % p.out[0];
    int64_t plane = begin / p.out[1] / p.out[0];
    for (int64_t row = begin; row < end; ++row) {
      f(plane, od, oh, row);
      if (++oh == p.out[1]) oh = 0, ++od;
      if (od == p.out[0]) od = 0, ++plane;
    }
  });
}

// What PyTorch divides a window by, along one dimension: with padding counted, a window that
// ceil_mode has let hang over the padded edge counts only as far as that edge.
int64_t extent(const PoolArgs& p, int dim, int64_t out) {
  if (!p.count_include_pad) return taps_of(p, dim, out).count;
  int64_t start = out * p.stride[dim] - p.padding[dim];
  int64_t stop = start + p.kernel[dim];
  if (stop > p.in[dim] + p.padding[dim]) stop = p.in[dim] + p.padding[dim];
  return stop - start;
}

// f(first, last, divisor) over the outputs [begin, end) of a row, together where one divisor is
// shared. rows: the extent along the other dimensions.
template <class T, class F>
void for_divisors(const PoolArgs& p, int64_t rows, int64_t begin, int64_t end, F&& f) {
  // Windows that lie inside the input are all alike.
  int64_t low = (p.padding[2] + p.stride[2] - 1) / p.stride[2];
  int64_t room = p.in[2] + p.padding[2] - p.kernel[2];
  int64_t high = room < 0 ? 0 : room / p.stride[2] + 1;
  for (int64_t i = begin; i < end;) {
    bool inside = i >= low && i < high;
    int64_t last = !inside ? i + 1 : high < end ? high : end;
    int64_t width = inside ? p.kernel[2] : extent(p, 2, i);
    f(i, last, static_cast<T>(p.divisor ? p.divisor : rows * width));
    i = last;
  }
}

template <int S, class T>
void avg_row(const PoolArgs& p, T* y, const T* x, Taps d, Taps h) {
  for (int64_t ow = 0; ow < p.out[2]; ow += kLanes<T>) {
    int n = clamped(p.out[2] - ow, kLanes<T>);
    Sum<T> acc = {};
    pool_lanes<S>(p, acc, x, d, h, ow, n);
    store_n(y + ow, acc.value, n);
  }
}

// dx[row] += q[i] at each place under the window of output ow + i.
template <class T>
void spread(const PoolArgs& p, T* dx, const T* q, int64_t ow, int64_t count) {
  int64_t start = ow * p.stride[2] - p.padding[2];
  int64_t stop = start + (count - 1) * p.stride[2] + p.kernel[2];
  if (start < 0 || stop > p.in[2] || p.kernel[2] > 16) {
    for (int64_t i = 0; i < count; ++i) {
      Taps w = taps_of(p, 2, ow + i);
      for (int64_t k = 0; k < w.count; ++k) dx[w.first + k] += q[i];
    }
    return;
  }
  dx += start;
  if (p.stride[2] == 2 && p.kernel[2] == 2) {
    for (int64_t i = 0; i < count; ++i) dx[2 * i] += q[i], dx[2 * i + 1] += q[i];
  } else if (p.stride[2] == 1) {
    for (int64_t k = 0; k < p.kernel[2]; ++k) {
      for (int64_t i = 0; i < count; ++i) dx[i + k] += q[i];
    }
  } else {
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < p.kernel[2]; ++k) dx[i * p.stride[2] + k] += q[i];
    }
  }
}

// The outputs [first, last] whose windows hold place `at` along one dimension.
struct Cover {
  int64_t first, last;
};

Cover cover_of(const PoolArgs& p, int dim, int64_t at) {
  int64_t low = at + p.padding[dim] - p.kernel[dim] + 1, high = at + p.padding[dim];
  int64_t first = low > 0 ? (low + p.stride[dim] - 1) / p.stride[dim] : 0;
  int64_t last = high / p.stride[dim];
  return {first, last < p.out[dim] ? last : p.out[dim] - 1};
}

}  // namespace

template <class T>
void max_pool(const PoolArgs& args, void* y, int64_t* index, const void* x) {
  PoolArgs p = merged(args);
  int64_t size = p.in[0] * p.in[1] * p.in[2];
  auto row_of = !by_lanes<T>(p)    ? max_row_by_window<T>
                : p.stride[2] == 1 ? max_row<1, T>
                                   : max_row<2, T>;
  for_rows(p, [&](int64_t plane, int64_t od, int64_t oh, int64_t row) {
    row_of(p, static_cast<T*>(y) + row * p.out[2], index + row * p.out[2],
           static_cast<const T*>(x) + plane * size, taps_of(p, 0, od), taps_of(p, 1, oh));
  });
}

template <class T>
void avg_pool(const PoolArgs& args, void* y, const void* x) {
  PoolArgs p = merged(args);
  int64_t size = p.in[0] * p.in[1] * p.in[2];
  bool lanes = by_lanes<T>(p);
  for_rows(p, [&](int64_t plane, int64_t od, int64_t oh, int64_t row) {
    const T* from = static_cast<const T*>(x) + plane * size;
    T* to = static_cast<T*>(y) + row * p.out[2];
    Taps d = taps_of(p, 0, od), h = taps_of(p, 1, oh);
    if (lanes && p.stride[2] == 1) {
      avg_row<1>(p, to, from, d, h);
    } else if (lanes) {
      avg_row<2>(p, to, from, d, h);
    } else {
      for (int64_t ow = 0; ow < p.out[2]; ++ow) {
        to[ow] = sum_of_window(p, from, d, h, taps_of(p, 2, ow));
      }
    }
    for_divisors<T>(p, extent(p, 0, od) * extent(p, 1, oh), 0, p.out[2],
                    [&](int64_t first, int64_t last, T divisor) {
                      for (int64_t i = first; i < last; ++i)
                        to[i] = to[i] == 0 ? 0 : to[i] / divisor;
                    });
  });
}

template <class T>
void avg_pool_backward(const PoolArgs& args, void* dx, const void* g) {
  PoolArgs p = merged(args);
  int64_t rows = p.planes * p.in[0] * p.in[1], out = p.out[0] * p.out[1] * p.out[2];
  if (rows * p.in[2] == 0) return;
  int64_t grain = row_grain(p.in[2] * p.kernel[0] * p.kernel[1]);
  parallel(rows, grain, [&](int64_t begin, int64_t end) {
    constexpr int64_t kBlock = 64;
    T q[kBlock];
    for (int64_t row = begin; row < end; ++row) {
      T* to = static_cast<T*>(dx) + row * p.in[2];
      for (int64_t i = 0; i < p.in[2]; ++i) to[i] = 0;
      const T* from = static_cast<const T*>(g) + row / p.in[1] / p.in[0] * out;
      Cover d = cover_of(p, 0, row / p.in[1] % p.in[0]), h = cover_of(p, 1, row % p.in[1]);
      for (int64_t ow = 0; ow < p.out[2]; ow += kBlock) {
        int64_t end = ow + kBlock < p.out[2] ? ow + kBlock : p.out[2];
        for (T& v : q) v = 0;
        for (int64_t od = d.first; od <= d.last; ++od) {
          for (int64_t oh = h.first; oh <= h.last; ++oh) {
            const T* at = from + (od * p.out[1] + oh) * p.out[2];
            auto add = [&](int64_t first, int64_t last, T divisor) {
              for (int64_t i = first; i < last; ++i) q[i - ow] += at[i] / divisor;
            };
            for_divisors<T>(p, extent(p, 0, od) * extent(p, 1, oh), ow, end, add);
          }
        }
        spread(p, to, q, ow, end - ow);
      }
    }
  });
}

template <class T>
void plane_gather(void* y, const void* x, const int64_t* index, int64_t planes, int64_t from,
                  int64_t to) {
  if (planes * to == 0) return;
  parallel(planes, row_grain(to), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const T* source = static_cast<const T*>(x) + plane * from;
      T* target = static_cast<T*>(y) + plane * to;
      for (int64_t i = 0; i < to; ++i) target[i] = source[index[plane * to + i]];
    }
  });
}

template <class T>
void plane_scatter(void* y, const void* x, const int64_t* index, int64_t planes, int64_t from,
                   int64_t to) {
  if (planes * to == 0) return;
  parallel(planes, row_grain(from + to), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      T* target = static_cast<T*>(y) + plane * to;
      for (int64_t i = 0; i < to; ++i) target[i] = 0;
      const T* source = static_cast<const T*>(x) + plane * from;
      for (int64_t i = 0; i < from; ++i) target[index[plane * from + i]] += source[i];
    }
  });
}

template <class T>
void adaptive_max_pool(const PoolArgs& p, void* y, int64_t* index, const void* x) {
  auto first = [&](int d, int64_t i) { return i * p.in[d] / p.out[d]; };
  auto stop = [&](int d, int64_t i) { return ((i + 1) * p.in[d] + p.out[d] - 1) / p.out[d]; };
  int64_t cost = p.out[2];
  for (int d = 0; d < 3; ++d) cost *= p.in[d] / p.out[d] + 1;
  parallel(rows_of(p), row_grain(cost), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t oh = row % p.out[1], od = row / p.out[1] % p.out[0];
      const T* plane =
          static_cast<const T*>(x) + row / p.out[1] / p.out[0] * p.in[0] * p.in[1] * p.in[2];
      T* to = static_cast<T*>(y) + row * p.out[2];
      const int64_t d0 = first(0, od), d1 = stop(0, od), h0 = first(1, oh), h1 = stop(1, oh);
      for (int64_t ow = 0; ow < p.out[2]; ++ow) {
        const int64_t w0 = first(2, ow), w1 = stop(2, ow);
        Best<T> best = {plane[(d0 * p.in[1] + h0) * p.in[2] + w0],
                        (d0 * p.in[1] + h0) * p.in[2] + w0};
        for (int64_t d = d0; d < d1; ++d) {
          for (int64_t h = h0; h < h1; ++h) {
            const int64_t from = (d * p.in[1] + h) * p.in[2];
            for (int64_t at = from + w0; at < from + w1; ++at) best.add(plane[at], at);
          }
        }
        to[ow] = best.value;
        index[row * p.out[2] + ow] = best.place;
      }
    }
  });
}

PYDL_FOR_FLOATS(adaptive_max_pool)
PYDL_FOR_FLOATS(max_pool)
PYDL_FOR_FLOATS(avg_pool)
PYDL_FOR_FLOATS(avg_pool_backward)
PYDL_FOR_FLOATS(plane_gather)
PYDL_FOR_FLOATS(plane_scatter)

}  // namespace pydl::PYDL_ISA
