// A matrix product of the register tiles in gemm_tile.h: how it is cut, packed and run.
//
// C is cut into blocks of rows x panels of columns, the chunks of parallel work; a block runs over
// all of k, in parts. B's panels are packed into scratch for all blocks at once, or, where one
// block alone needs a panel, onto its stack, or not at all where B's rows do as they lie. A is
// packed only if neither its columns nor its rows are adjacent. Where B lies transposed and is the
// larger operand, the transposed product is computed instead ("turned"): then B is what needs no
// packing. All cuts depend on the shape alone; an element's bits depend on k alone.
#pragma once

#include "cpu/gemm_tile.h"
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

inline constexpr int64_t kPart = 512;                         // the longest part of k
inline constexpr int64_t kBlockTiles = 32, kBlockPanels = 4;  // the largest block
inline constexpr int64_t kFewTiles = 16;        // the shortest block that packs for itself
inline constexpr int64_t kSmallB = 1 << 18;     // bytes
inline constexpr int64_t kBlocks = 16;          // blocks to aim at, if each has at least
inline constexpr int64_t kBlockWork = 1 << 18;  // this many multiply-adds

inline int64_t ceil_div(int64_t x, int64_t y) { return (x + y - 1) / y; }
inline int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

// `size` things in `count` pieces, the first ones longer by one: where piece i begins.
struct Cut {
  int64_t count = 1, each = 0, longer = 0;
  Cut() = default;
  Cut(int64_t size, int64_t pieces) : count(pieces), each(size / pieces), longer(size % pieces) {}
  int64_t operator()(int64_t i) const { return i * each + least(i, longer); }
};

template <class T>
struct Operand {
  T* data;
  int64_t batch, row, col;  // strides
};

template <class T>
struct Product {
  int64_t batch, m, n, k;
  Operand<const T> a, b;
  Operand<T> c;
  TileEnd<T> end;
  bool turned;                 // c's rows are adjacent, not its columns
  bool a_packed, b_packed;     // into scratch
  Cut parts, bands, panels;    // of k; of m, a row tile or more; of n, in vectors
  Cut row_blocks, col_blocks;  // of bands, of panels
  T* scratch;                  // A's bands, then B's panels

  explicit Product(const MatmulArgs& args)
      : batch(args.batch),
        m(args.m),
        n(args.n),
        k(args.k),
        a{static_cast<const T*>(args.a), args.a_batch, args.a_row, args.a_col},
        b{static_cast<const T*>(args.b), args.b_batch, args.b_row, args.b_col},
        c{static_cast<T*>(args.c), args.c_batch, args.c_row, 1},
        end{args.accumulate, static_cast<const T*>(args.bias), nullptr, args.activation} {
    // One B for all: the batch is only more rows.
    if (batch > 1 && b.batch == 0 && a.batch == m * a.row && c.batch == m * c.row) {
      m *= batch;
      batch = 1;
    }
    turned = cheaper_turned();
    if (turned) {
      const Operand<const T> old = a;
      const int64_t old_m = m;
      a = {b.data, b.batch, b.col, b.row};
      b = {old.data, old.batch, old.col, old.row};
      c = {c.data, c.batch, 1, c.row};
      m = n, n = old_m;
      end.row_bias = end.col_bias, end.col_bias = nullptr;
      if (m == 1 && c.col == 1) turned = false;  // a row after all
    }
    cut();
    scratch = static_cast<T*>(args.scratch);
  }

  // Compares the two ways by their multiply-adds of whole vectors, and what packing and the stores
  // of a turned band cost, measured in those.
  bool cheaper_turned() const {
    if (b.row != 1 || (b.col == 1 && n > 1)) return false;
    const auto products = [&](int64_t rows, int64_t cols) {
      const int64_t vectors = ceil_div(cols, kLanes<T>);
      const double narrow = vectors == 1 ? 1.5 : 1;
      return narrow * static_cast<double>(rows * vectors) * static_cast<double>(k);
    };
    const double a_size = static_cast<double>(m) * static_cast<double>(k);
    const double b_size = static_cast<double>(n) * static_cast<double>(k);
    const double straight = products(m, n) + .8 * b_size + (a.col == 1 ? 0 : .5 * a_size);
    const double across = products(n, m) +
                          (a.col == 1 ? .8
                           : n == 1   ? 0
                                      : .5) *
                              a_size +
                          static_cast<double>(m) * static_cast<double>(n);
    return across < straight;
  }

  void cut() {
    parts = Cut(k, k > kPart ? ceil_div(k, kPart) : 1);
    // A turned band is stored through a square of lanes x lanes.
    bands = Cut(m, ceil_div(m, turned ? kLanes<T> : Tile<T>::kRows));
    const int64_t vectors = ceil_div(n, kLanes<T>);
    panels = Cut(vectors, ceil_div(vectors, Tile<T>::kVectors));
    int64_t rows = kBlockTiles * Tile<T>::kRows * bands.count / m, cols = kBlockPanels;
    rows = least(rows < 1 ? 1 : rows, bands.count);
    a_packed = a.col != 1 && a.row != 1 && panels.count > 1;
    // By one block each: a panel's packing is lost in its use, or other panels keep all threads
    // busy.
    const bool alone = batch > 1 ? batch * panels.count >= kBlocks
                                 : bands.count <= rows && panels.count >= kBlocks / 2;
    // To pack a small B several times takes less than to fetch panels that another core has packed.
    const bool local =
        alone || (batch == 1 && b.col == 1 && n * k * static_cast<int64_t>(sizeof(T)) <= kSmallB);
    const int64_t fewest = local ? kFewTiles : 1;
    b_packed = !local && !(b.col == 1 && n % kLanes<T> == 0 && bands.count <= 2);
    if (alone) rows = bands.count, cols = 1;
    const auto count = [&] {
      return batch * ceil_div(bands.count, rows) * ceil_div(panels.count, cols);
    };
    const int64_t band_work = ceil_div(m, bands.count) * ceil_div(n, panels.count) * k;
    if (!alone) {
      while (count() < kBlocks && rows * cols * band_work >= 2 * kBlockWork &&
             (rows > fewest || cols > 1)) {
        if (cols == 1 || (rows > fewest && rows * Tile<T>::kRows > cols * Tile<T>::kCols))
          rows = ceil_div(rows, 2);
        else
          cols = ceil_div(cols, 2);
      }
    }
    row_blocks = Cut(bands.count, ceil_div(bands.count, rows));
    col_blocks = Cut(panels.count, ceil_div(panels.count, cols));
  }

  int64_t packed_a() const { return a_packed ? ceil_div(m * k, 64) * 64 : 0; }
  int64_t packed_b() const { return b_packed ? k * panels(panels.count) * kLanes<T> : 0; }
  size_t scratch_bytes() const { return static_cast<size_t>(packed_a() + packed_b()) * sizeof(T); }

  int64_t col_begin(int64_t panel) const { return least(n, panels(panel) * kLanes<T>); }
  int cols(int64_t panel) const {
    return static_cast<int>(col_begin(panel + 1) - col_begin(panel));
  }
  int rows(int64_t band) const { return static_cast<int>(bands(band + 1) - bands(band)); }
  // Where scratch holds a panel of B's part q, [size, step], and a band of A's, [size, rows].
  T* b_panel(int64_t q, int64_t panel) const {
    const int64_t p = parts(q), size = parts(q + 1) - p;
    return scratch + packed_a() + (p * panels(panels.count) + size * panels(panel)) * kLanes<T>;
  }
  T* a_band(int64_t q, int64_t band) const {
    const int64_t p = parts(q), size = parts(q + 1) - p;
    return scratch + p * m + size * bands(band);
  }

  // Steps p0 ... p1 of part q, counted from its begin.
  void pack_b(T* to, int64_t i, int64_t q, int64_t p0, int64_t p1, int64_t panel) const {
    const int width = cols(panel);
    pack_panel<T>(to + p0 * panel_step<T>(width),
                  b.data + i * b.batch + (parts(q) + p0) * b.row + col_begin(panel) * b.col, b.row,
                  b.col, p1 - p0, width);
  }
  void pack_a(int64_t i, int64_t q, int64_t p0, int64_t p1, int64_t band) const {
    const int count = rows(band);
    const T* from = a.data + i * a.batch + bands(band) * a.row + (parts(q) + p0) * a.col;
    T* to = a_band(q, band) + p0 * count;
    for (int64_t p = p0; p < p1; ++p, from += a.col, to += count) {
      for (int r = 0; r < count; ++r) to[r] = from[r * a.row];
    }
  }
  // Packs all pieces (bands, panels) of all parts: where memory runs across them, a few steps of k
  // of every piece at a time, otherwise all steps of one.
  template <class F>
  void pack_pieces(bool across, int64_t pieces, int64_t width, F pack_piece) const {
    const int64_t steps = across ? 16 : kPart, group = across ? pieces : 1;
    const int64_t slices = ceil_div(parts(1), steps), groups = pieces / group;
    parallel(parts.count * slices * groups, row_grain(least(steps, parts(1)) * group * width),
             [&](int64_t begin, int64_t last) {
               for (; begin < last; ++begin) {
                 const int64_t q = begin / (slices * groups), rest = begin % (slices * groups);
                 const int64_t size = parts(q + 1) - parts(q), p0 = rest / groups * steps;
                 const int64_t first = rest % groups * group;
                 for (int64_t piece = first; piece < first + group; ++piece)
                   pack_piece(q, p0, least(p0 + steps, size), piece);
               }
             });
  }
  void pack(int64_t i) const {
    if (a_packed) {
      pack_pieces(
          false, bands.count, Tile<T>::kRows,
          [&](int64_t q, int64_t p0, int64_t p1, int64_t band) { pack_a(i, q, p0, p1, band); });
    }
    if (b_packed) {
      pack_pieces(b.col == 1, panels.count, Tile<T>::kCols,
                  [&](int64_t q, int64_t p0, int64_t p1, int64_t panel) {
                    pack_b(b_panel(q, panel), i, q, p0, p1, panel);
                  });
    }
  }

  // One band of the turned product: its tiles into a buffer, and from there to its columns.
  [[gnu::noinline]] void turned_band(int count, int width, int64_t size, const T* from,
                                     int64_t a_row, int64_t a_col, const T* panel, int64_t step,
                                     T* to, const TileEnd<T>& here) const {
    alignas(64) T buffer[kLanes<T> * Tile<T>::kCols];
    const Cut tiles = Cut(count, ceil_div(count, Tile<T>::kRows));
    for (int64_t t = 0; t < tiles.count; ++t) {
      gemm_tile<T>(static_cast<int>(tiles(t + 1) - tiles(t)), panel_step<T>(width), size,
                   from + tiles(t) * a_row, a_row, a_col, panel, step,
                   buffer + tiles(t) * Tile<T>::kCols, Tile<T>::kCols, {});
    }
    store_turned(buffer, count, width, to, here);
  }

  // to[j * c.col + i] from buffer[i * kCols + j], and the end of the tile on the way.
  void store_turned(const T* buffer, int count, int width, T* to, const TileEnd<T>& here) const {
    constexpr int lanes = kLanes<T>;
    const Vec<T> bias = here.row_bias ? load_n(here.row_bias, count) : Vec<T>{};
    for (int j = 0; j < width; j += lanes) {
      Vec<T> x[lanes];
#pragma GCC unroll 16
      for (int r = 0; r < lanes; ++r)
        x[r] = r < count ? load(buffer + r * Tile<T>::kCols + j) : Vec<T>{};
      transpose<T>(x);
      for (int r = 0; r < lanes && j + r < width; ++r) {
        T* row = to + (j + r) * c.col;
        Vec<T> y = x[r];
        if (here.add) y += load_n(row, count);
        if (here.row_bias) y += bias;
        if (here.col_bias) y += splat(here.col_bias[j + r]);
        if (here.activation == Activation::kRelu) y = select<T>(y < Vec<T>{}, Vec<T>{}, y);
        store_n(row, y, count);
      }
    }
    if (here.activation > Activation::kRelu)
      activate_tile(here.activation, width, count, to, c.col);
  }

  void block(int64_t i, int64_t row_block, int64_t col_block) const {
    alignas(64) T local[kPart * Tile<T>::kCols];
    for (int64_t q = 0; q < parts.count; ++q) {
      const int64_t p = parts(q), size = parts(q + 1) - p;
      TileEnd<T> part_end = {};
      if (q + 1 == parts.count) part_end = end;
      part_end.add = q > 0 || end.add;
      for (int64_t j = col_blocks(col_block); j < col_blocks(col_block + 1); ++j) {
        const int64_t col = col_begin(j);
        const int width = cols(j);
        const T* panel = local;
        int64_t step = panel_step<T>(width);
        if (b_packed) {
          panel = b_panel(q, j);
        } else if (b.col == 1 && width == step && bands.count <= 2) {
          panel = b.data + i * b.batch + p * b.row + col;
          step = b.row;
        } else {
          pack_b(local, i, q, 0, size, j);
        }
        TileEnd<T> here = part_end;
        if (here.col_bias) here.col_bias += col;
        for (int64_t t = row_blocks(row_block); t < row_blocks(row_block + 1); ++t) {
          const int64_t row = bands(t);
          const int count = static_cast<int>(bands(t + 1) - row);
          const T* from = a_packed ? a_band(q, t) : a.data + i * a.batch + row * a.row + p * a.col;
          const int64_t a_row = a_packed ? 1 : a.row, a_col = a_packed ? count : a.col;
          T* to = c.data + i * c.batch + row * c.row + col * c.col;
          if (turned) {
            if (part_end.row_bias) here.row_bias = part_end.row_bias + row;
            turned_band(count, width, size, from, a_row, a_col, panel, step, to, here);
          } else {
            gemm_tile<T>(count, width, size, from, a_row, a_col, panel, step, to, c.row, here);
          }
        }
      }
    }
  }

  void run() const {
    const int64_t blocks = row_blocks.count * col_blocks.count;
    const int64_t work = m * n / blocks * (k + 16);
    const int64_t grain = work >= kBlockWork ? 1 : kBlockWork / (work + 1) + 1;
    const bool together = !a_packed && !b_packed;
    for (int64_t first = 0; first < batch; first += together ? batch : 1) {
      pack(first);
      parallel(together ? batch * blocks : blocks, grain, [&](int64_t begin, int64_t last) {
        for (; begin < last; ++begin) {
          const int64_t g = begin % blocks;
          block(first + begin / blocks, g / col_blocks.count, g % col_blocks.count);
        }
      });
    }
  }
};

// A product so small that planning it would take as long as the product.
template <class T>
inline bool is_small(const MatmulArgs& args) {
  return args.n <= Tile<T>::kCols && args.k <= 64 && args.m <= 64 && args.batch == 1;
}
template <class T>
void small_product(const MatmulArgs& args) {
  alignas(64) T local[64 * Tile<T>::kCols];
  const int width = static_cast<int>(args.n);
  pack_panel<T>(local, static_cast<const T*>(args.b), args.b_row, args.b_col, args.k, width);
  const TileEnd<T> end = {args.accumulate, static_cast<const T*>(args.bias), nullptr,
                          args.activation};
  const Cut bands(args.m, ceil_div(args.m, Tile<T>::kRows));
  for (int64_t i = 0; i < bands.count; ++i) {
    gemm_tile<T>(static_cast<int>(bands(i + 1) - bands(i)), width, args.k,
                 static_cast<const T*>(args.a) + bands(i) * args.a_row, args.a_row, args.a_col,
                 local, panel_step<T>(width), static_cast<T*>(args.c) + bands(i) * args.c_row,
                 args.c_row, end);
  }
}

}  // namespace pydl::PYDL_ISA
