// The kernels matmul_bfloat16 and matmul_bfloat16_scratch: products of bfloat16 by the processor's
// own instruction, where it has one (simd.h). It takes pairs of neighbours along k for one number
// and adds in float32; so this is gemm.h's product of pairs, with k half as long, except that
// pairs have to be made where k does not run along memory, and that sums are rounded at the end.
#include "cpu/gemm.h"
#include "cpu/gemm_tile.h"
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {
namespace {

#if defined(__AVX512F__)

constexpr int64_t kPairPart = 256;               // the longest part of k, in pairs
constexpr int64_t kShortest = 8, kLongest = 64;  // blocks to aim at, in row tiles
constexpr int kTileRows = Tile<float>::kRows, kTileCols = Tile<float>::kCols;
constexpr int kPair = kLanes<float>;  // pairs in a vector

// x and its neighbour as the one float that they are to the tile. Moving does not change it.
float pair_of(uint16_t x, uint16_t y) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(x) | static_cast<uint32_t>(y) << 16);
}
const float* as_pairs(const uint16_t* x) { return reinterpret_cast<const float*>(x); }

// Looks for subnormal numbers: without their sign they lie between 1 and 0x7f.
struct Subnormals {
  Halves least = ~Halves{};
  void look(Halves x) {
    x = x + x - 2;
    least = x < least ? x : least;
  }
  bool found() const { return any(least < 0xfe); }
};

bool has_subnormals(const uint16_t* x, int64_t n) {
  Subnormals subnormals;
  for (int64_t i = 0; i < n; i += 2 * kPair)
    subnormals.look(load_halves(x + i, static_cast<int>(least(n - i, 2 * kPair))));
  return subnormals.found();
}

// Whether pairs of x lie where a float could, in all rows `step` apart.
bool holds_pairs(const Operand<const uint16_t>& x, int64_t step) {
  return reinterpret_cast<uintptr_t>(x.data) % 4 == 0 && step % 2 == 0 && x.batch % 2 == 0;
}

struct PairProduct {
  int64_t batch, m, n, k, pairs;
  Operand<const uint16_t> a, b;
  Operand<uint16_t> c;
  const uint16_t* bias;
  Activation activation;
  bool a_packed;
  Cut parts, bands, panels;  // of pairs; of m, a row tile or more; of n, in vectors
  Cut row_blocks;            // of bands
  int* subnormal;            // whether there are any, at the scratch's begin
  float *wide_bias, *packed_a;

  explicit PairProduct(const MatmulArgs& args)
      : batch(args.batch),
        m(args.m),
        n(args.n),
        k(args.k),
        pairs(ceil_div(args.k, 2)),
        a{static_cast<const uint16_t*>(args.a), args.a_batch, args.a_row, args.a_col},
        b{static_cast<const uint16_t*>(args.b), args.b_batch, args.b_row, args.b_col},
        c{static_cast<uint16_t*>(args.c), args.c_batch, args.c_row, 1},
        bias(static_cast<const uint16_t*>(args.bias)),
        activation(args.activation),
        a_packed(a.col != 1 || k % 2 != 0 || !holds_pairs(a, a.row)),
        parts(pairs, pairs > kPairPart ? ceil_div(pairs, kPairPart) : 1),
        bands(m, ceil_div(m, kTileRows)),
        panels(ceil_div(n, kPair), ceil_div(ceil_div(n, kPair), Tile<float>::kVectors)),
        subnormal(static_cast<int*>(args.scratch)),
        wide_bias(static_cast<float*>(args.scratch) + kPair),
        packed_a(wide_bias + (bias ? ceil_div(n, kPair) * kPair : 0)) {
    // The longer a block, the less its panel's packing weighs.
    int64_t rows = least(kLongest, bands.count);
    while (batch * panels.count * ceil_div(bands.count, rows) < kBlocks && rows >= 2 * kShortest)
      rows = ceil_div(rows, 2);
    row_blocks = Cut(bands.count, ceil_div(bands.count, rows));
  }

  size_t scratch_bytes() const {
    const int64_t floats = kPair + (packed_a - wide_bias) + (a_packed ? batch * m * pairs : 0);
    return static_cast<size_t>(floats) * sizeof(float);
  }

  int64_t col_begin(int64_t panel) const { return least(n, panels(panel) * kPair); }
  int cols(int64_t panel) const {
    return static_cast<int>(col_begin(panel + 1) - col_begin(panel));
  }
  void tell(bool found) const {
    if (found) __atomic_store_n(subnormal, 1, __ATOMIC_RELAXED);
  }

  // Part q of a panel: to[p * step + j] is the pair of column j and rows 2 p, 2 p + 1.
  void pack_panel(float* to, int64_t i, int64_t q, int64_t j) const {
    const int width = cols(j), step = panel_step<float>(width);
    const int64_t row = 2 * parts(q), count = parts(q + 1) - parts(q);
    const uint16_t* from = b.data + i * b.batch + row * b.row + col_begin(j) * b.col;
    const int64_t whole = least(count, (k - row) / 2);  // pairs whose second half exists
    if (b.col == 1) {
      pack_rows(to, step, from, b.row, whole, width);
    } else if (b.row == 1 && holds_pairs(b, b.col)) {
      pack_columns<float>(to, step, as_pairs(from), 1, b.col / 2, whole, width);
    } else {
      for (int64_t p = 0; p < whole; ++p)
        pack_pair(to + p * step, from + 2 * p * b.row, width, true);
    }
    if (whole < count) pack_pair(to + whole * step, from + 2 * whole * b.row, width, false);
    if (b.col != 1 || whole < count)
      tell(has_subnormals(reinterpret_cast<uint16_t*>(to), 2 * step * count));
  }
  // Pairs of the rows from[p, width] and the next.
  [[gnu::noinline]] void pack_rows(float* to, int64_t step, const uint16_t* from, int64_t row,
                                   int64_t count, int64_t width) const {
    Subnormals subnormals;
    for (int64_t p = 0; p < count; ++p, from += 2 * row, to += step) {
      for (int64_t j = 0; j < width; j += 2 * kPair) {
        __builtin_prefetch(from + 16 * row + j);
        __builtin_prefetch(from + 17 * row + j);
        const int some = static_cast<int>(least(width - j, 2 * kPair));
        const Halves x = load_halves(from + j, some), y = load_halves(from + row + j, some);
        subnormals.look(x), subnormals.look(y);
        store_pairs(to + j, pair_lower(x, y), step - j);
        if (j + kPair < step) store_pairs(to + j + kPair, pair_upper(x, y), step - j - kPair);
      }
    }
    tell(subnormals.found());
  }
  static void store_pairs(float* to, Vec<float> x, int64_t room) {
    room < kPair ? store_n(to, x, static_cast<int>(room)) : store(to, x);
  }
  // One row of a panel from any strides, of pairs or of single numbers and zeros.
  void pack_pair(float* to, const uint16_t* from, int width, bool whole) const {
    for (int j = 0; j < panel_step<float>(width); ++j) {
      const uint16_t* x = from + j * b.col;
      to[j] = j < width ? pair_of(*x, whole ? x[b.row] : 0) : 0.f;
    }
  }

  // A with pairs side by side: as [pairs, m] where its rows are adjacent, else as [m, pairs].
  bool across() const { return a.row == 1; }
  int64_t a_row() const { return !a_packed ? a.row / 2 : across() ? 1 : pairs; }
  int64_t a_col() const { return a_packed && across() ? m : 1; }
  const float* a_at(int64_t i, int64_t row, int64_t pair) const {
    if (!a_packed) return as_pairs(a.data + i * a.batch + row * a.row + 2 * pair);
    return packed_a + i * m * pairs + row * a_row() + pair * a_col();
  }
  void pack_a() const {
    const int64_t lines = across() ? pairs : m, size = across() ? m : pairs;
    parallel(batch * lines, row_grain(4 * size), [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const int64_t i = begin / lines, line = begin % lines;
        const uint16_t* from = a.data + i * a.batch + line * (across() ? 2 * a.col : a.row);
        float* to = packed_a + begin * size;
        if (across() && 2 * line + 1 < k) {
          pack_rows(to, m, from, a.col, 1, m);
          continue;
        }
        for (int64_t j = 0; j < size; ++j) {
          const int64_t p = across() ? line : j;
          const uint16_t* x = from + (across() ? j : 2 * j * a.col);
          to[j] = pair_of(*x, 2 * p + 1 < k ? x[a.col] : 0);
        }
        tell(has_subnormals(reinterpret_cast<uint16_t*>(to), 2 * size));
      }
    });
  }

  void block(int64_t i, int64_t row_block, int64_t j) const {
    alignas(64) float panel[kPairPart * kTileCols];
    // The block's sums between the parts of k; with one part those of a tile.
    alignas(64) float sums[kLongest * kTileRows * kTileCols];
    const bool whole = parts.count == 1;
    const int64_t first = bands(row_blocks(row_block)), col = col_begin(j);
    const int width = cols(j);
    for (int64_t q = 0; q < parts.count; ++q) {
      const bool last = q + 1 == parts.count;
      const int64_t p = parts(q), size = parts(q + 1) - p;
      pack_panel(panel, i, q, j);
      TileEnd<float> end{.add = q > 0};
      if (last) end = {q > 0, bias ? wide_bias + col : nullptr, nullptr, activation};
      for (int64_t t = row_blocks(row_block); t < row_blocks(row_block + 1); ++t) {
        const int64_t row = bands(t);
        const int rows = static_cast<int>(bands(t + 1) - row);
        const float* from = a_at(i, row, p);
        for (int64_t r = 0; !a_packed && j == 0 && r < rows; ++r)
          tell(has_subnormals(reinterpret_cast<const uint16_t*>(from + r * a_row()), 2 * size));
        float* to = sums + (whole ? 0 : (row - first) * kTileCols);
        run_tile(rows, width, size, from, panel, to, end);
        if (last) round(rows, width, to, c.data + i * c.batch + row * c.row + col);
      }
    }
  }
  void run_tile(int rows, int width, int64_t size, const float* from, const float* panel, float* to,
                const TileEnd<float>& end) const {
    const int step = panel_step<float>(width);
    pair_tile_function(rows, step / kPair)(width - step + kPair, size, from, a_row(), a_col(),
                                           panel, step, to, kTileCols, end);
  }
  void round(int rows, int width, const float* from, uint16_t* to) const {
    typedef uint16_t Unaligned __attribute__((vector_size(32), aligned(2), may_alias));
    for (int r = 0; r < rows; ++r, from += kTileCols, to += c.row) {
      int j = 0;
      for (; j + kPair <= width; j += kPair)
        *reinterpret_cast<Unaligned*>(to + j) = to_bfloat16(load(from + j));
      // A masked store of halves takes ten times as long.
      if (j < width) store_halves(to + j, to_bfloat16(load(from + j)), width - j);
    }
  }

  void run() const {
    *subnormal = 0;
    for (int64_t j = 0; bias && j < n; ++j) wide_bias[j] = pair_of(0, bias[j]);
    if (a_packed) pack_a();
    const int64_t blocks = row_blocks.count * panels.count;
    const int64_t work = m * n / blocks * (pairs + 16);
    const int64_t grain = work >= kBlockWork ? 1 : kBlockWork / (work + 1) + 1;
    parallel(batch * blocks, grain, [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const int64_t g = begin % blocks;
        block(begin / blocks, g / panels.count, g % panels.count);
      }
    });
  }
};

#endif

}  // namespace

template <class T>
void matmul_bfloat16_scratch([[maybe_unused]] const MatmulArgs& args, size_t* bytes) {
  *bytes = 0;
#if defined(__AVX512F__)
  if (multiplies_pairs()) *bytes = PairProduct(args).scratch_bytes();
#endif
}

template <class T>
void matmul_bfloat16([[maybe_unused]] const MatmulArgs& args, bool* done) {
  *done = false;
#if defined(__AVX512F__)
  const PairProduct product(args);
  product.run();
  *done = *product.subnormal == 0;
#endif
}

PYDL_FOR(matmul_bfloat16, BFloat16)
PYDL_FOR(matmul_bfloat16_scratch, BFloat16)

}  // namespace pydl::PYDL_ISA
