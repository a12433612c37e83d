// Matrix products of floats and doubles, of the register tiles in gemm_tile.h; integers by a plain
// loop at the end.
//
// C is cut into blocks of row tiles x column panels; a chunk of parallel work computes one block over
// all of k, k in parts of at most kPart. B's panels are packed once for all (into scratch) where
// several blocks read them, by the chunk that alone needs them otherwise (onto its stack), and not
// at all where B's rows do as they lie. The cuts depend on the shape alone, and an element's bits on k alone.
#include "cpu/gemm_tile.h"
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

template <class T>
void activate_tile(Activation activation, int rows, int cols, T* c, int64_t c_row) {
  (void)activation, (void)rows, (void)cols, (void)c, (void)c_row;
}
template void activate_tile<float>(Activation, int, int, float*, int64_t);
template void activate_tile<double>(Activation, int, int, double*, int64_t);

namespace {

#ifndef KPART
#define KPART 256
#endif
constexpr int64_t kPart = KPART;       // longest part of k: a panel of it is at most 64 KB
constexpr int64_t kChunkWork = 1 << 17;  // multiply-adds that are worth handing to a thread

int64_t ceil_div(int64_t x, int64_t y) { return (x + y - 1) / y; }
int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
int64_t most(int64_t x, int64_t y) { return x > y ? x : y; }

// `size` things in `count` pieces that differ by one at most: where piece i begins.
struct Cut {
  int64_t size, count;
  int64_t operator()(int64_t i) const { return size * i / count; }
};

// A product and how it is cut.
template <class T>
struct Product {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row, b_col;
  T* c;
  int64_t c_row;
  TileEnd<T> end;
  Cut parts, tiles, panels;  // of k, of rows, of vectors of columns
  Cut row_blocks, col_blocks;  // of tiles, of panels
  T* packed;  // all of B, or null

  static constexpr int64_t kLocal = kPart * Tile<T>::kCols;

  void cut(int64_t least_blocks) {
    parts = {k, most(1, ceil_div(k, kPart))};
    tiles = {m, ceil_div(m, Tile<T>::kRows)};
    const int64_t vectors = ceil_div(n, kLanes<T>);
    panels = {vectors, ceil_div(vectors, Tile<T>::kVectors)};
    // As many blocks as asked for, if each has work enough, close to square.
    row_blocks = {tiles.count, ceil_div(tiles.count, 16)};
    col_blocks = {panels.count, ceil_div(panels.count, 4)};
    (void)least_blocks;
  }
  int64_t panel_begin(int64_t j) const { return panels(j) * kLanes<T>; }
  int panel_cols(int64_t j) const {
    return static_cast<int>(least(n, panel_begin(j + 1)) - panel_begin(j));
  }
  // Where the shared copy holds panel j of part q.
  T* packed_panel(int64_t q, int64_t j) const {
    const int64_t begin = parts(q), size = parts(q + 1) - begin;
    return packed + begin * panels.size * kLanes<T> + size * panel_begin(j);
  }
  void pack(T* panel, int64_t q, int64_t j) const {
    pack_panel<T>(panel, b + parts(q) * b_row + panel_begin(j) * b_col, b_row, b_col,
                  parts(q + 1) - parts(q), panel_cols(j));
  }

  void block(int64_t row_block, int64_t col_block) const {
    alignas(64) T local[kLocal];
    for (int64_t q = 0; q < parts.count; ++q) {
      const int64_t p = parts(q), size = parts(q + 1) - p;
      TileEnd<T> part_end;
      if (q + 1 == parts.count) part_end = end;
      if (q > 0) part_end.add = true;
      else part_end.add = end.add;
#ifdef PACKA
  static thread_local T abuf[1<<20];
  for (int64_t t = row_blocks(row_block); t < row_blocks(row_block + 1); ++t) {
     const int64_t row = tiles(t), rr=tiles(t+1)-row; T*o=abuf+(row-tiles(row_blocks(row_block)))*size;
     for(int64_t pp=0;pp<size;pp++) for(int i=0;i<rr;i++) o[pp*rr+i]=a[(row+i)*a_row+(p+pp)*a_col]; }
#endif
      for (int64_t j = col_blocks(col_block); j < col_blocks(col_block + 1); ++j) {
        const int64_t col = panel_begin(j);
        const int cols = panel_cols(j);
        const T* panel = local;
        int64_t step = panel_step<T>(cols);
        if (packed) {
          panel = packed_panel(q, j);
        } else if (b_col == 1 && cols % kLanes<T> == 0 && tiles.count <= 2) {
          panel = b + p * b_row + col;
          step = b_row;
        } else {
          pack(local, q, j);
        }
        const T* col_bias = part_end.col_bias;
        TileEnd<T> e = part_end;
        if (col_bias) e.col_bias = col_bias + col;
        for (int64_t t = row_blocks(row_block); t < row_blocks(row_block + 1); ++t) {
          const int64_t row = tiles(t);
#ifdef PACKA
          const int rr=static_cast<int>(tiles(t + 1) - row);
          gemm_tile<T>(rr, cols, size, abuf+(row-tiles(row_blocks(row_block)))*size, 1, rr,
#else
          gemm_tile<T>(static_cast<int>(tiles(t + 1) - row), cols, size, a + row * a_row + p * a_col,
                       a_row, a_col,
#endif
 panel, step, c + row * c_row + col, c_row, e);
        }
      }
    }
  }

  void run() const {
    if (packed) {
      parallel(parts.count * panels.count, most(1, 16384 / (kPart * Tile<T>::kCols)), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          pack(packed_panel(i / panels.count, i % panels.count), i / panels.count,
               i % panels.count);
      });
    }
    parallel(row_blocks.count * col_blocks.count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) block(i / col_blocks.count, i % col_blocks.count);
    });
  }
};

}  // namespace

template <class T>
void matmul_scratch(const MatmulArgs& args, size_t* bytes) {
  *bytes = static_cast<size_t>(args.k * (args.n + 64)) * sizeof(T);
}

template <class T>
void matmul(const MatmulArgs& args) {
  Product<T> x;
  x.m = args.m, x.n = args.n, x.k = args.k;
  x.a = static_cast<const T*>(args.a), x.a_row = args.a_row, x.a_col = args.a_col;
  x.b = static_cast<const T*>(args.b), x.b_row = args.b_row, x.b_col = args.b_col;
  x.c = static_cast<T*>(args.c), x.c_row = args.c_row;
  x.end = {args.accumulate, static_cast<const T*>(args.bias), nullptr, args.activation};
  x.packed = args.m > 128 ? static_cast<T*>(args.scratch) : nullptr;
  x.cut(16);
  x.run();
}

PYDL_FOR_FLOATS(matmul)
PYDL_FOR_FLOATS(matmul_scratch)

}  // namespace pydl::PYDL_ISA
