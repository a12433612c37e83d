// Winograd's F(4x4, 3x3) (Winograd, "Arithmetic complexity of computations", 1980; Lavin and Gray,
// "Fast algorithms for convolutional neural networks", 2016): a tile of 4x4 results is
//   A^T [(G w G^T) * (B^T x B)] A
// of the 3x3 weights w and the 6x6 inputs x; summed over channels, the products in the middle are
// 36 matrix products, with a quarter of a direct convolution's multiplications. The input gradient
// is the same with the weights turned round; the weight gradient is G^T [(A g A^T) * (B^T x B)] G,
// summed over the tiles.
//
// Transformations work on vectors of neighbouring channels: rows of the image are transposed into
// such, [columns][lanes], a row of tiles at a time. A bounded number of rows of tiles makes a
// round: transformed inputs [36][tiles][channels], the products, the results' transformation.
#include "cpu/winograd.h"

#include "cpu/activation.h"
#include "cpu/gemm.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int kOut = 4, kIn = 6, kPoints = kIn * kIn;
constexpr int kSegment = 8;               // tiles of a row that are on the stack at once
constexpr int64_t kRoundBytes = 4 << 20;  // of transformed inputs, about
constexpr int kColumns = kSegment * kOut + kIn - kOut;  // that such a segment reads

// The distance of the 36 matrices of so many elements: a line of the cache more than whole pages,
// so that what is written to all of them in turn does not fall on the same lines of the cache.
template <class T>
constexpr int64_t apart(int64_t items) {
  constexpr int64_t page = 4096 / static_cast<int64_t>(sizeof(T));
  return ceil_div(items, page) * page + 64 / static_cast<int64_t>(sizeof(T));
}

// --- transformations of a column: from a step apart to a step apart ---

// B^T.
template <class V>
inline void transform_input(const V (&d)[kIn], V (&t)[kIn]) {
  typedef Lane<V> T;
  const V even = d[4] - d[2] * T(4), odd = d[3] - d[1] * T(4);
  const V near = d[4] - d[2], far = (d[3] - d[1]) * T(2);
  t[0] = d[0] * T(4) - d[2] * T(5) + d[4];
  t[1] = even + odd;
  t[2] = even - odd;
  t[3] = near + far;
  t[4] = near - far;
  t[5] = d[1] * T(4) - d[3] * T(5) + d[5];
}
// A^T.
template <class V>
inline void transform_output(const V (&m)[kIn], V (&y)[kOut]) {
  typedef Lane<V> T;
  const V s = m[1] + m[2], q = m[1] - m[2], u = m[3] + m[4], v = m[3] - m[4];
  y[0] = m[0] + s + u;
  y[1] = q + v * T(2);
  y[2] = s + u * T(4);
  y[3] = q + v * T(8) + m[5];
}
// A.
template <class V>
inline void transform_gradient(const V (&g)[kOut], V (&m)[kIn]) {
  typedef Lane<V> T;
  const V even = g[0] + g[2], odd = g[1] + g[3];
  const V far_even = g[0] + g[2] * T(4), far_odd = g[1] * T(2) + g[3] * T(8);
  m[0] = g[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = far_even + far_odd;
  m[4] = far_even - far_odd;
  m[5] = g[3];
}
// G.
template <class V>
inline void transform_weight(const V (&w)[3], V (&u)[kIn]) {
  typedef Lane<V> T;
  const V sum = (w[0] + w[2]) * T(-1.0 / 6), one = w[1] * T(1.0 / 6);
  const V ends = w[0] * T(1.0 / 24) + w[2] * T(1.0 / 6), middle = w[1] * T(1.0 / 12);
  u[0] = w[0] * T(0.25);
  u[1] = sum - one;
  u[2] = sum + one;
  u[3] = ends + middle;
  u[4] = ends - middle;
  u[5] = w[2];
}
// G^T.
template <class V>
inline void transform_weight_gradient(const V (&u)[kIn], V (&w)[3]) {
  typedef Lane<V> T;
  const V near = u[1] + u[2], far = u[3] + u[4];
  w[0] = u[0] * T(0.25) - near * T(1.0 / 6) + far * T(1.0 / 24);
  w[1] = (u[2] - u[1]) * T(1.0 / 6) + (u[3] - u[4]) * T(1.0 / 12);
  w[2] = (far - near) * T(1.0 / 6) + u[5];
}

// Both dimensions: from[N][N] at (row, column) = from(r, c), results by to(r, c, x).
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

// --- images and their rows of tiles ---

// Images [batch, channels, height, width]; tile (i, j) begins at (4 i - top, 4 j - left).
template <class T>
struct Images {
  T* data;
  int64_t channels, height, width, top, left;

  int64_t blocks() const { return ceil_div(channels, kLanes<T>); }
  int64_t padded() const { return blocks() * kLanes<T>; }
};

// to[column][lane] = row h, columns w ... w + count - 1, of the channels of a block, zeros outside.
template <class T>
void load_row(const Images<const T>& x, int64_t image, int64_t block, int64_t h, int64_t w,
              int count, Vec<T>* to) {
  constexpr int lanes = kLanes<T>;
  for (int i = 0; i < count; ++i) to[i] = Vec<T>{};
  if (h < 0 || h >= x.height) return;
  const int64_t first = block * lanes;
  const int rows = static_cast<int>(least(lanes, x.channels - first));
  const T* from = x.data + ((image * x.channels + first) * x.height + h) * x.width;
  const int64_t plane = x.height * x.width;
  int i = w < 0 ? static_cast<int>(-w) : 0;
  const int end = static_cast<int>(least(count, x.width - w));
  for (; i < end; i += lanes) {
    const int n = static_cast<int>(least(lanes, end - i));
    Vec<T> square[lanes];
#pragma GCC unroll 16
    for (int c = 0; c < lanes; ++c)
      square[c] = c < rows ? load_n(from + c * plane + w + i, n) : Vec<T>{};
    transpose<T>(square);
    for (int c = 0; c < n; ++c) to[i + c] = square[c];
  }
}

// The other way round.
template <class T>
void store_row(const Images<T>& y, int64_t image, int64_t block, int64_t h, int64_t w, int count,
               const Vec<T>* from) {
  constexpr int lanes = kLanes<T>;
  const int64_t first = block * lanes;
  const int rows = static_cast<int>(least(lanes, y.channels - first));
  T* to = y.data + ((image * y.channels + first) * y.height + h) * y.width + w;
  const int64_t plane = y.height * y.width;
  for (int i = 0; i < count; i += lanes) {
    const int n = static_cast<int>(least(lanes, count - i));
    Vec<T> square[lanes];
#pragma GCC unroll 16
    for (int c = 0; c < lanes; ++c) square[c] = c < n ? from[i + c] : Vec<T>{};
    transpose<T>(square);
    for (int c = 0; c < rows; ++c) store_n(to + c * plane + i, square[c], n);
  }
}

// A convolution's rows of tiles, in rounds.
struct Tiling {
  int64_t rows, cols;    // of tiles, in an image
  int64_t count, round;  // rows of tiles in the batch, in a round
  int64_t tiles() const { return round * cols; }
};

inline Tiling tiling_of(int64_t batch, int64_t height, int64_t width, int64_t channels,
                        int64_t item) {
  Tiling t;
  t.rows = ceil_div(height, kOut), t.cols = ceil_div(width, kOut);
  t.count = batch * t.rows;
  int64_t tiles = kRoundBytes / (kPoints * channels * item);
  tiles = tiles < 48 ? 48 : tiles > kPart ? kPart : tiles;
  t.round = least(t.count, tiles / t.cols < 1 ? 1 : tiles / t.cols);
  return t;
}

// What a round transforms: to[36][tiles][channels] of squares of N x N that lie 4 apart.
template <int N, class T, class F>
void transform_round(const Tiling& t, const Images<const T>& x, int64_t first, int64_t rows, T* to,
                     const F& column) {
  const int64_t blocks = x.blocks(), step = x.padded(), point = apart<T>(rows * t.cols * step);
  const int64_t segments = ceil_div(t.cols, kSegment);
  const int64_t cost = least(t.cols, kSegment) * kPoints * kLanes<T> / 4;
  parallel(rows * blocks * segments, row_grain(cost), [&](int64_t begin, int64_t end) {
    Vec<T> lines[N][kColumns];
    for (; begin < end; ++begin) {
      const int64_t segment = begin % segments, block = begin / segments % blocks;
      const int64_t row = begin / segments / blocks, image = (first + row) / t.rows;
      const int64_t i = (first + row) % t.rows, j0 = segment * kSegment;
      const int count = static_cast<int>(least(kSegment, t.cols - j0));
      for (int r = 0; r < N; ++r) {
        load_row(x, image, block, i * kOut + r - x.top, j0 * kOut - x.left, count * kOut + N - kOut,
                 lines[r]);
      }
      for (int j = 0; j < count; ++j) {
        T* at = to + (row * t.cols + j0 + j) * step + block * kLanes<T>;
        transform_square<N, kIn, Vec<T>>(
            column, [&](int r, int c) { return lines[r][j * kOut + c]; },
            [&](int r, int c, Vec<T> v) { store(at + (r * kIn + c) * point, v); });
      }
    }
  });
}

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

// y's rows of tiles from the products [36][tiles][channels].
template <class T>
void finish_round(const Tiling& t, const Images<T>& y, int64_t first, int64_t rows, const T* from,
                  const T* bias, Activation activation, Finite& finite) {
  constexpr int lanes = kLanes<T>;
  const int64_t blocks = y.blocks(), step = y.padded(), point = apart<T>(rows * t.cols * step);
  const int64_t segments = ceil_div(t.cols, kSegment);
  const int64_t cost = least(t.cols, kSegment) * kPoints * lanes / 4;
  parallel(rows * blocks * segments, row_grain(cost), [&](int64_t begin, int64_t end) {
    Vec<T> lines[kOut][kSegment * kOut];
    for (; begin < end; ++begin) {
      const int64_t segment = begin % segments, block = begin / segments % blocks;
      const int64_t row = begin / segments / blocks, image = (first + row) / t.rows;
      const int64_t h = (first + row) % t.rows * kOut, j0 = segment * kSegment;
      const int count = static_cast<int>(least(kSegment, t.cols - j0));
      const int channels = static_cast<int>(least(lanes, y.channels - block * lanes));
      Vec<T> added = {}, zeros = {};
      if (bias) added = load_n(bias + block * lanes, channels);
      for (int j = 0; j < count; ++j) {
        const T* at = from + (row * t.cols + j0 + j) * step + block * lanes;
        Vec<T> half[kOut][kIn];
        for (int c = 0; c < kIn; ++c) {
          Vec<T> m[kIn], v[kOut];
#pragma GCC unroll 6
          for (int r = 0; r < kIn; ++r) m[r] = load(at + (r * kIn + c) * point);
          transform_output(m, v);
#pragma GCC unroll 4
          for (int r = 0; r < kOut; ++r) half[r][c] = v[r];
        }
        for (int r = 0; r < kOut; ++r) {
          Vec<T> v[kOut];
          transform_output(half[r], v);
#pragma GCC unroll 4
          for (int c = 0; c < kOut; ++c) {
            v[c] += added;
            zeros += v[c] - v[c];
            lines[r][j * kOut + c] = v[c];
          }
        }
      }
      const int width = static_cast<int>(least(count * kOut, y.width - j0 * kOut));
      for (int r = 0; r < least(kOut, y.height - h); ++r) {
        if (activation != Activation::kNone) {
          activate_tile(activation, 1, width * lanes, reinterpret_cast<T*>(lines[r]), 0);
        }
        store_row(y, image, block, h + r, j0 * kOut, width, lines[r]);
      }
      finite.see<T>(zeros, channels);
    }
  });
}

// --- weights ---

// u[36][in][out, padded] = G w G^T, where w(o, i, r, c) = w[o * out_step + i * in_step + 3 r + c],
// or turned round.
template <class T>
void transform_weights(T* u, const T* w, int64_t out, int64_t in, int64_t out_step, int64_t in_step,
                       bool turned) {
  constexpr int lanes = kLanes<T>;
  const int64_t blocks = ceil_div(out, lanes), step = blocks * lanes, point = apart<T>(in * step);
  parallel(in * blocks, row_grain(16 * lanes), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t i = begin / blocks, o = begin % blocks * lanes;
      const int count = static_cast<int>(least(lanes, out - o));
      T taps[9][lanes] = {};
      const T* from = w + o * out_step + i * in_step;
      for (int k = 0; k < count; ++k, from += out_step) {
        for (int tap = 0; tap < 9; ++tap) taps[tap][k] = from[turned ? 8 - tap : tap];
      }
      T* to = u + i * step + o;
      transform_square<3, kIn, Vec<T>>(
          [](const auto& d, auto& t) { transform_weight(d, t); },
          [&](int r, int c) { return load(taps[3 * r + c]); },
          [&](int r, int c, Vec<T> v) { store(to + (r * kIn + c) * point, v); });
    }
  });
}

// dw[out, in, 3, 3] = G^T u G of u[36][in][out, padded].
template <class T>
void finish_weights(T* dw, const T* u, int64_t out, int64_t in, Finite& finite) {
  constexpr int lanes = kLanes<T>;
  const int64_t blocks = ceil_div(out, lanes), step = blocks * lanes, point = apart<T>(in * step);
  parallel(in * blocks, row_grain(16 * lanes), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t i = begin / blocks, o = begin % blocks * lanes;
      const int count = static_cast<int>(least(lanes, out - o));
      const T* from = u + i * step + o;
      Vec<T> zeros = {};
      T taps[9][lanes];
      transform_square<kIn, 3, Vec<T>>(
          [](const auto& d, auto& t) { transform_weight_gradient(d, t); },
          [&](int r, int c) { return load(from + (r * kIn + c) * point); },
          [&](int r, int c, Vec<T> v) {
            zeros += v - v;
            store(taps[3 * r + c], v);
          });
      for (int k = 0; k < count; ++k) {
        T* to = dw + ((o + k) * in + i) * 9;
        for (int tap = 0; tap < 9; ++tap) to[tap] = taps[tap][k];
      }
      finite.see<T>(zeros, count);
    }
  });
}

// --- the passes ---

// One pass in the terms of this file: images in, images out. The weight gradient's "out" is g.
struct Sizes {
  int64_t batch, in, out, height, width;  // of the tiled images: results, or g
};
inline Sizes sizes_of(const ConvArgs& p, ConvPass pass) {
  if (pass == ConvPass::kInputGrad)
    return {p.batch, p.out_channels, p.in_channels, p.in[1], p.in[2]};
  return {p.batch, p.in_channels, p.out_channels, p.out[1], p.out[2]};
}

template <class T>
struct Scratch {
  Tiling tiling;
  int64_t in, out;  // channels, padded to whole vectors
  int64_t items;
  // [36, in, out], [36, tiles, in], [36, tiles, out], the products'
  T *weights = nullptr, *x = nullptr, *y = nullptr, *gemm = nullptr;

  Scratch(const Sizes& s, ConvPass pass, void* memory) {
    constexpr int lanes = kLanes<T>;
    in = ceil_div(s.in, lanes) * lanes, out = ceil_div(s.out, lanes) * lanes;
    tiling =
        tiling_of(s.batch, s.height, s.width, in > out ? in : out, static_cast<int64_t>(sizeof(T)));
    const int64_t tiles = tiling.tiles();
    // All are whole vectors long. The last, shorter round's product never needs more.
    const int64_t sizes[] = {kPoints * apart<T>(s.in * out), kPoints * apart<T>(tiles * in),
                             kPoints * apart<T>(tiles * out)};
    size_t most = 0;
    matmul_scratch<T>(product(s, pass, tiles, false), &most);
    items = sizes[0] + sizes[1] + sizes[2] + static_cast<int64_t>(most / sizeof(T));
    if (!memory) return;
    weights = static_cast<T*>(memory);
    x = weights + sizes[0], y = x + sizes[1], gemm = y + sizes[2];
  }

  // The 36 products of a round of so many tiles.
  MatmulArgs product(const Sizes& s, ConvPass pass, int64_t tiles, bool add) const {
    MatmulArgs a = {};
    a.batch = kPoints;
    a.activation = Activation::kNone;
    a.scratch = gemm;
    if (pass == ConvPass::kWeightGrad) {  // weights (+)= x^T y
      a.m = s.in, a.n = s.out, a.k = tiles;
      a.a = x, a.a_batch = apart<T>(tiles * in), a.a_row = 1, a.a_col = in;
      a.b = y, a.b_batch = apart<T>(tiles * out), a.b_row = out, a.b_col = 1;
      a.c = weights, a.c_batch = apart<T>(s.in * out), a.c_row = out;
      a.accumulate = add;
    } else {  // y = x weights
      a.m = tiles, a.n = s.out, a.k = s.in;
      a.a = x, a.a_batch = apart<T>(tiles * in), a.a_row = in, a.a_col = 1;
      a.b = weights, a.b_batch = apart<T>(s.in * out), a.b_row = out, a.b_col = 1;
      a.c = y, a.c_batch = apart<T>(tiles * out), a.c_row = out;
    }
    return a;
  }
};

template <class T>
inline auto input_transform() {
  return [](const Vec<T>(&d)[kIn], Vec<T>(&t)[kIn]) { transform_input(d, t); };
}

// y = x convolved with weights that are transformed already.
template <class T>
bool convolve(const Sizes& s, ConvPass pass, const Scratch<T>& scratch, const Images<const T>& x,
              const Images<T>& y, const T* bias, Activation activation) {
  const Tiling& t = scratch.tiling;
  Finite finite;
  for (int64_t first = 0; first < t.count; first += t.round) {
    const int64_t rows = least(t.round, t.count - first);
    transform_round<kIn, T>(t, x, first, rows, scratch.x, input_transform<T>());
    matmul<T>(scratch.product(s, pass, rows * t.cols, false));
    finish_round(t, y, first, rows, static_cast<const T*>(scratch.y), bias, activation, finite);
  }
  return finite.all();
}

}  // namespace

// In cycles of whole vectors, fitted to measurements (Zen 4, AVX-512).
template <class T>
bool winograd_pays(const ConvArgs& p, ConvPass pass) {
  if (!p.winograd || p.groups != 1 || p.kernel[0] != 1 || p.in[0] != 1 || p.padding[0] != 0)
    return false;
  for (int dim = 1; dim < 3; ++dim) {
    if (p.kernel[dim] != 3 || p.stride[dim] != 1 || p.dilation[dim] != 1 || p.padding[dim] > 2)
      return false;
  }
  const Sizes s = sizes_of(p, pass);
  const auto real = [](int64_t n) { return static_cast<double>(n); };
  const double lanes = kLanes<T>, in = real(ceil_div(s.in, kLanes<T>)) * lanes;
  const double out = real(ceil_div(s.out, kLanes<T>)) * lanes;
  const double tiles = real(s.batch * ceil_div(s.height, kOut) * ceil_div(s.width, kOut));
  const double direct = real(p.batch * p.out[1] * p.out[2] * s.in * s.out) * 9 / lanes;
  const double products = tiles * kPoints * in * out / lanes;
  const double around = (tiles * (in + out) * 10 + in * out * 8) * kPoints / lanes;
  return products * 1.1 + around < direct;
}

template <class T>
size_t winograd_scratch(const ConvArgs& p, ConvPass pass) {
  return static_cast<size_t>(Scratch<T>(sizes_of(p, pass), pass, nullptr).items) * sizeof(T);
}

template <class T>
bool winograd_forward(const ConvArgs& p, T* y, const T* x, const T* w, const T* bias) {
  const Sizes s = sizes_of(p, ConvPass::kForward);
  const Scratch<T> scratch(s, ConvPass::kForward, p.scratch);
  transform_weights(scratch.weights, w, s.out, s.in, s.in * 9, int64_t(9), false);
  return convolve<T>(s, ConvPass::kForward, scratch,
                     {x, s.in, p.in[1], p.in[2], p.padding[1], p.padding[2]},
                     {y, s.out, p.out[1], p.out[2], 0, 0}, bias, p.activation);
}

template <class T>
bool winograd_input_grad(const ConvArgs& p, T* dx, const T* g, const T* w) {
  const Sizes s = sizes_of(p, ConvPass::kInputGrad);
  const Scratch<T> scratch(s, ConvPass::kInputGrad, p.scratch);
  transform_weights(scratch.weights, w, s.out, s.in, int64_t(9), s.out * 9, true);
  return convolve<T>(s, ConvPass::kInputGrad, scratch,
                     {g, s.in, p.out[1], p.out[2], 2 - p.padding[1], 2 - p.padding[2]},
                     {dx, s.out, p.in[1], p.in[2], 0, 0}, static_cast<const T*>(nullptr),
                     Activation::kNone);
}

template <class T>
bool winograd_weight_grad(const ConvArgs& p, T* dw, const T* g, const T* x) {
  const Sizes s = sizes_of(p, ConvPass::kWeightGrad);
  const Scratch<T> scratch(s, ConvPass::kWeightGrad, p.scratch);
  const Tiling& t = scratch.tiling;
  const Images<const T> from = {x, s.in, p.in[1], p.in[2], p.padding[1], p.padding[2]};
  const Images<const T> gradient = {g, s.out, p.out[1], p.out[2], 0, 0};
  for (int64_t first = 0; first < t.count; first += t.round) {
    const int64_t rows = least(t.round, t.count - first);
    transform_round<kIn, T>(t, from, first, rows, scratch.x, input_transform<T>());
    transform_round<kOut, T>(
        t, gradient, first, rows, scratch.y,
        [](const Vec<T>(&d)[kOut], Vec<T>(&m)[kIn]) { transform_gradient(d, m); });
    matmul<T>(scratch.product(s, ConvPass::kWeightGrad, rows * t.cols, first > 0));
  }
  Finite finite;
  finish_weights(dw, static_cast<const T*>(scratch.weights), s.out, s.in, finite);
  return finite.all();
}

#define PYDL_WINOGRAD(T)                                                             \
  template bool winograd_pays<T>(const ConvArgs&, ConvPass);                         \
  template size_t winograd_scratch<T>(const ConvArgs&, ConvPass);                    \
  template bool winograd_forward(const ConvArgs&, T*, const T*, const T*, const T*); \
  template bool winograd_input_grad(const ConvArgs&, T*, const T*, const T*);        \
  template bool winograd_weight_grad(const ConvArgs&, T*, const T*, const T*);
PYDL_WINOGRAD(float)
PYDL_WINOGRAD(double)
#undef PYDL_WINOGRAD

}  // namespace pydl::PYDL_ISA
