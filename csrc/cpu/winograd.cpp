// Winograd's minimal filtering (Winograd, "Arithmetic complexity of computations", 1980; Lavin and
// Gray, "Fast algorithms for convolutional neural networks", 2016). A tile of M x M results is
//   A^T [(G w G^T) * (B^T x B)] A
// of the K x K weights w and the N x N inputs x, N = M + K - 1; summed over channels, the products
// in the middle are N x N matrix products. The input gradient is the same with the weights turned
// round; the weight gradient is G^T [(A g A^T) * (B^T x B)] G, summed over the tiles.
//
// F(4x4, 3x3) and F(2x2, 5x5) have a quarter and 0.36 of a direct convolution's multiplications.
// With a stride of 2 the taps of one residue each are a 2x2 convolution of every second place of
// the input: F(4x4, 2x2) four times, its products added. Dilation makes phases of the images. A
// kernel's depth is part of the products: neighbouring slices of a tile follow each other, so that
// kernel[0] of them are one longer row of the product's left operand.
//
// Transformations work on vectors of neighbouring channels: rows of the image are transposed into
// such, [columns][lanes], a row of tiles at a time. A bounded number of rows of tiles makes a
// round: transformed inputs [points][tiles][slices][channels], the products, the results'
// transformation.
#include "cpu/winograd.h"

#include "cpu/activation.h"
#include "cpu/winograd_images.h"
#include "cpu/winograd_weights.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int kSegmentPlaces = 32;        // of a row of results that are on the stack at once
constexpr int64_t kRoundBytes = 2 << 20;  // of transformed inputs, about
// Small rounds, whose inputs and products stay in the second cache, are shared among threads, each
// with memory of its own: where there are enough of them, channels enough for their products, and
// all weights are in the third cache.
constexpr int64_t kSmallBytes = 512 << 10, kSmallTiles = 10, kSmallChannels = 32, kSlots = 16;
constexpr int64_t kWeightBytes = 4 << 20;

// The distance of the points' matrices of so many elements: a line of the cache more than whole
// pages, so that what is written to all of them in turn does not fall on the same lines.
template <class T>
constexpr int64_t apart(int64_t items) {
  constexpr int64_t page = 4096 / static_cast<int64_t>(sizeof(T));
  return ceil_div(items, page) * page + 64 / static_cast<int64_t>(sizeof(T));
}

// What a round transforms: to[points][tiles][slices][channels] of squares of N x N.
template <class W, int N, class T, class F>
void transform_round(const Tiling& t, const Images<const T>& x, int64_t first, int64_t rows, T* to,
                     const F& column) {
  constexpr int segment_tiles = kSegmentPlaces / W::kOut;
  const int64_t blocks = x.blocks(), step = x.padded();
  const int64_t point = apart<T>(rows * t.cols * t.slices * step);
  const int64_t segments = ceil_div(t.cols, segment_tiles);
  const int64_t cost = least(t.cols, segment_tiles) * W::kPoints * kLanes<T> / 4;
  parallel(rows * t.slices * blocks * segments, row_grain(cost), [&](int64_t begin, int64_t end) {
    Vec<T> lines[N][kSegmentPlaces + W::kTaps - 1];
    for (; begin < end; ++begin) {
      const int64_t segment = begin % segments, block = begin / segments % blocks;
      const int64_t slice = begin / segments / blocks % t.slices;
      const int64_t row = begin / segments / blocks / t.slices, j0 = segment * segment_tiles;
      const TileRow at(t, first + row, W::kOut, x.step);
      const int count = static_cast<int>(least(segment_tiles, t.cols - j0));
      for (int r = 0; r < N; ++r) {
        load_row(x, at.image, block, slice - x.front, at.h - x.top + r * x.step,
                 at.w - x.left + j0 * W::kOut * x.step, count * W::kOut + N - W::kOut, lines[r]);
      }
      T* tile = to + ((row * t.cols + j0) * t.slices + slice) * step + block * kLanes<T>;
      for (int j = 0; j < count; ++j, tile += t.slices * step) {
        transform_square<N, W::kIn, Vec<T>>(
            column, [&](int r, int c) { return lines[r][j * W::kOut + c]; },
            [&](int r, int c, Vec<T> v) { store(tile + (r * W::kIn + c) * point, v); });
      }
    }
  });
}

// y's rows of tiles from the products [points][tiles][slices][channels].
template <class W, class T>
void finish_round(const Tiling& t, const Images<T>& y, int64_t first, int64_t rows, const T* from,
                  const T* bias, Activation activation, Finite& finite) {
  constexpr int lanes = kLanes<T>, M = W::kOut, N = W::kIn, segment_tiles = kSegmentPlaces / M;
  const int64_t blocks = y.blocks(), step = y.padded();
  const int64_t point = apart<T>(rows * t.cols * t.slices * step);
  const int64_t segments = ceil_div(t.cols, segment_tiles);
  const int64_t cost = least(t.cols, segment_tiles) * W::kPoints * lanes / 4;
  parallel(rows * y.depth * blocks * segments, row_grain(cost), [&](int64_t begin, int64_t end) {
    Vec<T> lines[M][kSegmentPlaces];
    for (; begin < end; ++begin) {
      const int64_t segment = begin % segments, block = begin / segments % blocks;
      const int64_t slice = begin / segments / blocks % y.depth;
      const int64_t row = begin / segments / blocks / y.depth, j0 = segment * segment_tiles;
      const TileRow place(t, first + row, M, y.step);
      const int count = static_cast<int>(least(segment_tiles, t.cols - j0));
      const int channels = static_cast<int>(least(lanes, y.channels - block * lanes));
      Vec<T> added = {}, zeros = {};
      if (bias) added = load_n(bias + block * lanes, channels);
      const T* at = from + ((row * t.cols + j0) * t.slices + slice) * step + block * lanes;
      for (int j = 0; j < count; ++j, at += t.slices * step) {
        transform_square<N, M, Vec<T>>([](const auto& m, auto& v) { W::output(m, v); },
                                       [&](int r, int c) { return load(at + (r * N + c) * point); },
                                       [&](int r, int c, Vec<T> v) {
                                         v += added;
                                         zeros += v - v;
                                         lines[r][j * M + c] = v;
                                       });
      }
      const int64_t h = place.h - y.top, w = place.w - y.left + j0 * M * y.step;
      const int width = y.end_of(w, count * M);
      for (int r = 0; r < M && h + r * y.step < y.height; ++r) {
        if (activation != Activation::kNone) {
          activate_tile(activation, 1, width * lanes, reinterpret_cast<T*>(lines[r]), 0);
        }
        store_row(y, place.image, block, slice, h + r * y.step, w, width, lines[r]);
      }
      finite.see<T>(zeros, channels);
    }
  });
}

// One pass in the terms of this file: images in, images out. The weight gradient's "out" is g.
template <class W, class T>
struct Pass {
  static constexpr int64_t lanes = kLanes<T>;
  const ConvArgs& p;
  ConvPass pass;
  bool to_input = pass == ConvPass::kInputGrad;
  int64_t groups = p.groups, depth = p.kernel[0], stride = p.stride[1], dilation = p.dilation[1];
  int64_t in = (to_input ? p.out_channels : p.in_channels) / groups;  // of a group
  int64_t out = (to_input ? p.in_channels : p.out_channels) / groups;
  int64_t all_in = ceil_div(groups * in, lanes) * lanes;  // of all, padded to whole vectors
  int64_t all_out = ceil_div(groups * out, lanes) * lanes;
  int64_t residues = stride * stride;
  Tiling tiling = tiling_of();
  // A group's weights are [depth, in, out], those of all groups of a point lie together.
  int64_t columns = groups > 1 ? out : all_out;
  Panels panels = {depth * in, columns,
                   pass == ConvPass::kWeightGrad ? columns : int64_t(Tile<T>::kCols),
                   apart<T>(groups * depth * in * columns)};
  // Forward adds the residues' products and keeps the weights of all; of the weight gradient, each
  // slot sums a part.
  bool to_weights = pass == ConvPass::kWeightGrad;
  int64_t kept = to_weights ? tiling.slots : pass == ConvPass::kForward ? residues : 1;
  int64_t x_size = W::kPoints * apart<T>(tiling.tiles() * all_in);
  int64_t y_size = W::kPoints * apart<T>(tiling.tiles() * all_out);
  T *weights = nullptr, *desks = nullptr, *gemm = nullptr;
  size_t gemm_bytes = 0;  // of a slot
  Finite finite = {};

  Pass(const ConvArgs& args, ConvPass which) : p(args), pass(which) {
    T* memory = static_cast<T*>(p.scratch);
    if (!memory) return;
    weights = memory, desks = weights + kept * W::kPoints * panels.point;
    gemm = desks + tiling.slots * (x_size + y_size);
    if (to_weights) matmul_scratch<T>(product(0, 0, 0, tiling.tiles(), false), &gemm_bytes);
  }
  T* x(int64_t desk) const { return desks + desk * (x_size + y_size); }
  T* y(int64_t desk) const { return x(desk) + x_size; }

  // All parts are whole vectors long. The last, shorter round's product never needs more.
  size_t scratch() const {
    const int64_t items = kept * W::kPoints * panels.point + tiling.slots * (x_size + y_size);
    size_t most = 0;
    if (to_weights) matmul_scratch<T>(product(0, 0, 0, tiling.tiles(), false), &most);
    return static_cast<size_t>(items) * sizeof(T) + static_cast<size_t>(tiling.slots) * most;
  }

  Tiling tiling_of() const {
    const int64_t* places = to_input ? p.in : p.out;
    const int64_t apart_by = to_input ? dilation * stride : dilation;
    Tiling t;
    t.slices = places[0] + depth - 1, t.phases = dilation;
    t.rows = ceil_div(ceil_div(places[1], apart_by), W::kOut);
    t.cols = ceil_div(ceil_div(places[2], apart_by), W::kOut);
    t.count = p.batch * t.phases * t.phases * t.rows;
    const int64_t row = t.cols * t.slices;
    const int64_t size = W::kPoints * static_cast<int64_t>(sizeof(T));
    const int64_t bytes = pass == ConvPass::kWeightGrad ? 2 * kSmallBytes : kSmallBytes;
    const int64_t most = pass == ConvPass::kWeightGrad ? kWeightBytes / 6 : kWeightBytes;
    t.round = least(bytes / (size * (all_in + all_out) * row), t.count / kSlots);
    t.slots = kSlots;
    const bool wide = least(all_in, all_out) >= kSmallChannels && t.round * row >= kSmallTiles;
    if (wide && size * all_in * out * depth * residues <= most) return t;
    int64_t tiles = kRoundBytes / (size * (all_in > all_out ? all_in : all_out));
    tiles = tiles < 48 ? 48 : tiles > kPart ? kPart : tiles;
    t.round = least(t.count, tiles / row < 1 ? 1 : tiles / row), t.slots = 1;
    return t;
  }

  // In cycles of whole vectors, fitted to measurements (Zen 4, AVX-512).
  bool pays() const {
    const auto real = [](int64_t n) { return static_cast<double>(n); };
    const double tiles = real(tiling.count * tiling.cols * tiling.slices);
    const double often = real(residues), once = pass == ConvPass::kForward ? 1 : often;
    const double weight = to_weights ? 24 : 16;
    const double pairs = real(all_in) * real(all_out) / real(groups) * real(depth);
    const double direct = real(p.batch * p.out[0] * p.out[1] * p.out[2] * groups * in * out) *
                          real(p.kernel[0] * p.kernel[1] * p.kernel[2]) / lanes;
    const double products = often * tiles * W::kPoints * pairs / lanes;
    const double around =
        (tiles * (often * real(all_in) + once * real(all_out)) * 10 + often * pairs * weight) *
        W::kPoints / lanes;
    return products * 1.1 + around < direct;
  }

  // Rows of a round's products that are tiles: those that follow each other begin all_in apart and
  // are depth * in long.
  int64_t product_rows(int64_t tiles) const { return tiles - (depth - 1); }

  // weights (+)= x^T y at each point.
  MatmulArgs product(int64_t desk, int64_t slot, int64_t group, int64_t tiles, bool add) const {
    MatmulArgs a = {};
    a.batch = W::kPoints;
    a.activation = Activation::kNone;
    a.scratch = reinterpret_cast<char*>(gemm) + static_cast<size_t>(desk) * gemm_bytes;
    a.accumulate = add;
    a.m = depth > 1 ? depth * all_in : in, a.n = out, a.k = product_rows(tiles);
    a.a = x(desk) + group * in, a.a_batch = apart<T>(tiles * all_in), a.a_row = 1, a.a_col = all_in;
    a.b = y(desk) + group * out, a.b_batch = apart<T>(tiles * all_out), a.b_row = all_out,
    a.b_col = 1;
    a.c = weights + slot * W::kPoints * panels.point + group * depth * in * columns,
    a.c_batch = panels.point, a.c_row = columns;
    return a;
  }

  // y (+)= x weights at each point.
  void multiply(int64_t desk, int64_t residue, int64_t tiles, bool add) const {
    const int64_t rows = product_rows(tiles), k = depth * in;
    const int64_t x_point = apart<T>(tiles * all_in), y_point = apart<T>(tiles * all_out);
    const int64_t count = ceil_div(columns, panels.width);
    const Cut bands(rows, ceil_div(rows, Tile<T>::kRows));
    const int64_t cost = rows * k * panels.width / kLanes<T>;
    parallel(W::kPoints * groups * count, row_grain(cost), [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const int64_t panel = begin % count, group = begin / count % groups;
        const int64_t point = begin / count / groups, first = panel * panels.width;
        const int width = static_cast<int>(least(panels.width, columns - first));
        const T* a = x(desk) + point * x_point + group * in;
        const T* b = weights + (residue * W::kPoints + point) * panels.point + group * k * columns +
                     first * k;
        T* c = y(desk) + point * y_point + group * out + first;
        TileEnd<T> tile_end = {};
        tile_end.add = add;
        for (int64_t band = 0; band < bands.count; ++band) {
          const int64_t row = bands(band);
          gemm_tile<T>(static_cast<int>(bands(band + 1) - row), width, k, a + row * all_in, all_in,
                       1, b, width, c + row * all_out, all_out, tile_end);
        }
      }
    });
  }

  // Calls f(taps, first of w, first of u, its row) for each part of the weights of a residue of the
  // stride.
  template <class F>
  void for_weights(int64_t residue, const F& f) const {
    constexpr int K = W::kTaps;
    const int64_t area = p.kernel[1] * p.kernel[2], weight = depth * area;
    const int64_t outer = p.in_channels / groups * weight;
    Taps<W> taps = {out, in, to_input ? weight : outer, to_input ? outer : weight, {}};
    for (int64_t z = 0; z < depth; ++z) {
      for (int tap = 0; tap < K * K; ++tap) {
        const int64_t at = to_input ? K * K - 1 - tap : tap;
        const int64_t r = at / K * stride + residue / stride;
        const int64_t c = at % K * stride + residue % stride;
        const bool there = r < p.kernel[1] && c < p.kernel[2];
        const int64_t slice = to_input ? depth - 1 - z : z;
        taps.at[tap] = there ? slice * area + r * p.kernel[2] + c : -1;
      }
      for (int64_t group = 0; group < groups; ++group) {
        f(taps, group * (p.out_channels / groups) * outer, group * depth * in * columns, z * in);
      }
    }
  }
  void prepare_weights(int64_t residue, int64_t slot, const T* w) const {
    for_weights(residue, [&](const Taps<W>& taps, int64_t from, int64_t to, int64_t row) {
      transform_weights<W>(weights + slot * W::kPoints * panels.point + to, panels, row, w + from,
                           taps);
    });
  }

  // The convolution's input, of which a residue of the stride is read, and its output.
  template <class U>
  Images<U> input_images(U* data, int64_t residue) const {
    return {data,
            p.in_channels,
            p.in[0],
            p.in[1],
            p.in[2],
            p.padding[0],
            p.padding[1] - residue / stride,
            p.padding[2] - residue % stride,
            dilation * stride};
  }
  template <class U>
  Images<U> output_images(U* data) const {
    return {data, p.out_channels, p.out[0], p.out[1], p.out[2], 0, 0, 0, dilation};
  }

  void read(int64_t desk, const Images<const T>& images, int64_t first, int64_t rows) const {
    transform_round<W, W::kIn, T>(tiling, images, first, rows, x(desk),
                                  [](const auto& d, auto& t) { W::input(d, t); });
  }
  // f(desk, slot, first row of tiles, rows, tiles, whether it is the slot's first) for each round.
  // A desk is the memory that a thread works in: the first free one, which it had before if it can.
  template <class F>
  void for_rounds(const F& f) const {
    const int64_t rounds = ceil_div(tiling.count, tiling.round);
    const auto begin_of = [&](int64_t slot) { return slot * rounds / tiling.slots; };
    const auto some = [&](int64_t desk, int64_t slot) {
      for (int64_t round = begin_of(slot); round < begin_of(slot + 1); ++round) {
        const int64_t first = round * tiling.round,
                      rows = least(tiling.round, tiling.count - first);
        f(desk, slot, first, rows, rows * tiling.cols * tiling.slices, round == begin_of(slot));
      }
    };
    if (tiling.slots == 1) return some(0, 0);
    uint32_t taken = 0;  // a bit for each desk; there are as many as slots, so one is free
    parallel(tiling.slots, 1, [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        uint32_t before = __atomic_load_n(&taken, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&taken, &before, before | (before + 1), true,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        }
        const uint32_t mine = ~before & (before + 1);
        some(__builtin_ctz(mine), begin);
        __atomic_fetch_and(&taken, ~mine, __ATOMIC_RELEASE);
      }
    });
  }

  bool forward(T* to, const T* from, const T* w, const T* bias) {
    for (int64_t i = 0; i < residues; ++i) prepare_weights(i, i, w);
    for_rounds([&](int64_t desk, int64_t, int64_t first, int64_t rows, int64_t tiles, bool) {
      for (int64_t i = 0; i < residues; ++i) {
        read(desk, input_images(from, i), first, rows);
        multiply(desk, i, tiles, i > 0);
      }
      finish_round<W, T>(tiling, output_images(to), first, rows, y(desk), bias, p.activation,
                         finite);
    });
    return finite.all();
  }

  bool input_grad(T* dx, const T* g, const T* w) {
    for (int64_t i = 0; i < residues; ++i) {
      prepare_weights(i, 0, w);
      // The first places of dx that taps of this residue reach see the output of this index.
      Images<T> to = input_images(dx, i);
      const int64_t h = to.top > 0 ? ceil_div(to.top, stride) : 0;
      const int64_t v = to.left > 0 ? ceil_div(to.left, stride) : 0;
      to.front = 0, to.top -= h * stride, to.left -= v * stride;
      Images<const T> from = output_images(g);
      from.front = depth - 1 - p.padding[0];
      from.top = dilation * (W::kTaps - 1) - h, from.left = dilation * (W::kTaps - 1) - v;
      for_rounds([&](int64_t desk, int64_t, int64_t first, int64_t rows, int64_t tiles, bool) {
        read(desk, from, first, rows);
        multiply(desk, 0, tiles, false);
        finish_round<W, T>(tiling, to, first, rows, y(desk), nullptr, Activation::kNone, finite);
      });
    }
    return finite.all();
  }

  // The first slot's weights = the sum of all slots'.
  void add_slots() const {
    const int64_t items = groups * depth * in * columns;
    if (tiling.slots == 1) return;
    parallel(W::kPoints, row_grain(items * tiling.slots / lanes), [&](int64_t begin, int64_t end) {
      for (T* u = weights + begin * panels.point; begin < end; ++begin, u += panels.point) {
        for (int64_t i = 0; i < items; i += lanes) {
          Vec<T> sum = load(u + i);
          for (int64_t slot = 1; slot < tiling.slots; ++slot)
            sum += load(u + slot * W::kPoints * panels.point + i);
          store(u + i, sum);
        }
      }
    });
  }

  bool weight_grad(T* dw, const T* g, const T* from) {
    for (int64_t i = 0; i < residues; ++i) {
      for_rounds([&](int64_t desk, int64_t slot, int64_t first, int64_t rows, int64_t tiles,
                     bool is_first) {
        read(desk, input_images(from, i), first, rows);
        transform_round<W, W::kOut, T>(tiling, output_images(g), first, rows, y(desk),
                                       [](const auto& d, auto& m) { W::gradient(d, m); });
        for (int64_t group = 0; group < groups; ++group)
          matmul<T>(product(desk, slot, group, tiles, !is_first));
      });
      add_slots();
      for_weights(i, [&](const Taps<W>& taps, int64_t to, int64_t u, int64_t row) {
        finish_weights<W, T>(dw + to, taps, weights + u, panels, row, finite);
      });
    }
    return finite.all();
  }
};

// f(a pass of the method that fits), false if none does.
template <class T, class F>
auto with_method(const ConvArgs& p, ConvPass pass, const F& f) {
  if (p.stride[1] == 2) return f(Pass<Winograd<4, 2>, T>(p, pass));
  if (p.kernel[1] == 5) return f(Pass<Winograd<2, 5>, T>(p, pass));
  return f(Pass<Winograd<4, 3>, T>(p, pass));
}

bool fits(const ConvArgs& p, int lanes) {
  if (!p.winograd || p.stride[0] != 1 || p.dilation[0] != 1) return false;
  const int64_t kernel = p.kernel[1], stride = p.stride[1], dilation = p.dilation[1];
  if (p.kernel[2] != kernel || p.stride[2] != stride || p.dilation[2] != dilation) return false;
  if (stride > 2 || dilation > 4 || (stride == 2 && dilation > 1)) return false;
  if (stride == 1 ? kernel != 3 && kernel != 5 : kernel != 4) return false;
  if (p.padding[0] > p.kernel[0] - 1) return false;
  // Groups, and the parts of a row of products, have to begin with whole vectors.
  const bool whole =
      p.in_channels / p.groups % lanes == 0 && p.out_channels / p.groups % lanes == 0;
  return whole || (p.groups == 1 && p.kernel[0] == 1);
}

}  // namespace

template <class T>
bool winograd_pays(const ConvArgs& p, ConvPass pass) {
  return fits(p, kLanes<T>) && (p.kernel[0] == 1 || p.groups == 1) &&
         with_method<T>(p, pass, [](const auto& method) { return method.pays(); });
}

template <class T>
size_t winograd_scratch(const ConvArgs& p, ConvPass pass) {
  return with_method<T>(p, pass, [](const auto& method) { return method.scratch(); });
}

template <class T>
bool winograd_forward(const ConvArgs& p, T* y, const T* x, const T* w, const T* bias) {
  return with_method<T>(p, ConvPass::kForward,
                        [&](auto&& method) { return method.forward(y, x, w, bias); });
}

template <class T>
bool winograd_input_grad(const ConvArgs& p, T* dx, const T* g, const T* w) {
  return with_method<T>(p, ConvPass::kInputGrad,
                        [&](auto&& method) { return method.input_grad(dx, g, w); });
}

template <class T>
bool winograd_weight_grad(const ConvArgs& p, T* dw, const T* g, const T* x) {
  return with_method<T>(p, ConvPass::kWeightGrad,
                        [&](auto&& method) { return method.weight_grad(dw, g, x); });
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
