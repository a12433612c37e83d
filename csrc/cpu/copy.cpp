#include "cpu/move.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kTile = 16;    // a tile's side: one cache line of 4-byte words
constexpr int64_t kPanel = 512;  // columns that one unit of parallel work covers

// y[i * y_step + j] = x[j * x_step + i], i < rows <= kTile, j < cols: reads and writes whole
// cache lines, tile by tile.
template <class T>
void transpose(T* y, int64_t y_step, const T* x, int64_t x_step, int64_t rows, int64_t cols) {
  for (int64_t j = 0; j < cols;) {
    if (sizeof(T) == 4 && rows == kTile && cols - j >= 4) {
      for (int64_t i = 0; i < kTile; i += 4) {
        transpose_4x4(reinterpret_cast<uint32_t*>(y + i * y_step + j), y_step,
                      reinterpret_cast<const uint32_t*>(x + j * x_step + i), x_step);
      }
      j += 4;
    } else {
      int64_t count = cols - j < kTile ? cols - j : kTile;
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t c = 0; c < count; ++c) y[i * y_step + j + c] = x[(j + c) * x_step + i];
      }
      j += count;
    }
  }
}

// The dimension in which x is adjacent, if y is adjacent in another, the innermost, and both are
// long enough for tiles; -1 otherwise.
int transposed_dim(const Loop& loop) {
  const int last = loop.ndim - 1;
  const int64_t step = loop.strides[1][last];
  if (loop.strides[0][last] != 1 || step == 1 || step == 0) return -1;
  for (int d = last - 1; d >= 0; --d) {
    if (loop.strides[1][d] == 1 && loop.shape[d] >= 4 && loop.shape[last] >= 4) return d;
  }
  return -1;
}

template <class T>
void copy_transposed(const Loop& loop, int dim, T* y, const T* x) {
  const int last = loop.ndim - 1;
  const int64_t rows = loop.shape[dim], cols = loop.shape[last];
  const int64_t bands = (rows + kTile - 1) / kTile, panels = (cols + kPanel - 1) / kPanel;
  int64_t planes = 1;
  for (int d = 0; d < last; ++d) planes *= d == dim ? 1 : loop.shape[d];
  const int64_t cost = kTile * (cols < kPanel ? cols : kPanel);
  parallel(planes * bands * panels, row_grain(cost), [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t j = unit % panels * kPanel, i = unit / panels % bands * kTile;
      int64_t plane = unit / panels / bands;
      int64_t y_at = i * loop.strides[0][dim] + j, x_at = i + j * loop.strides[1][last];
      for (int d = last - 1; d >= 0; --d) {
        if (d == dim) continue;
        y_at += plane % loop.shape[d] * loop.strides[0][d];
        x_at += plane % loop.shape[d] * loop.strides[1][d];
        plane /= loop.shape[d];
      }
      transpose(y + y_at, loop.strides[0][dim], x + x_at, loop.strides[1][last],
                rows - i < kTile ? rows - i : kTile, cols - j < kPanel ? cols - j : kPanel);
    }
  });
}

// One row, or a part of it.
template <class T>
void copy_row(T* y, int64_t y_step, const T* x, int64_t x_step, int64_t n) {
  if (y_step == 1 && x_step == 1) {
    move(y, x, n * static_cast<int64_t>(sizeof(T)));
  } else if (y_step == 1 && x_step == 0) {
    fill(y, *x, n);
  } else if (y_step == 1 && x_step == -1) {
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) y[i] = x[-i];
  } else if (y_step == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = x[i * x_step];
  } else {
    for (int64_t i = 0; i < n; ++i) y[i * y_step] = x[i * x_step];
  }
}

// Row by row; long rows in several pieces.
template <class T>
void copy_rows(const Loop& loop, T* y, const T* x) {
  const int last = loop.ndim - 1;
  const bool strided = loop.strides[0][last] != 1 || loop.strides[1][last] > 1;
  const int64_t piece_size = strided ? 4096 : 16384;
  const int64_t row = loop.shape[last], pieces = (row + piece_size - 1) / piece_size;
  const int64_t y_step = loop.strides[0][last], x_step = loop.strides[1][last];
  int64_t rows = 1;
  for (int d = 0; d < last; ++d) rows *= loop.shape[d];
  const int64_t cost = (row < piece_size ? row + 8 : piece_size) * (strided ? 4 : 1);
  parallel(rows * pieces, row_grain(cost), [&](int64_t begin, int64_t end) {
    int64_t index[kMaxDims], y_at = 0, x_at = 0;
    int64_t piece = begin % pieces, rest = begin / pieces;
    for (int d = last - 1; d >= 0; --d) {
      index[d] = rest % loop.shape[d];
      rest /= loop.shape[d];
      y_at += index[d] * loop.strides[0][d];
      x_at += index[d] * loop.strides[1][d];
    }
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t from = piece * piece_size,
                    n = row - from < piece_size ? row - from : piece_size;
      copy_row(y + y_at + from * y_step, y_step, x + x_at + from * x_step, x_step, n);
      if (++piece < pieces) continue;
      piece = 0;
      for (int d = last - 1; d >= 0; --d) {
        y_at += loop.strides[0][d];
        x_at += loop.strides[1][d];
        if (++index[d] < loop.shape[d]) break;
        y_at -= index[d] * loop.strides[0][d];
        x_at -= index[d] * loop.strides[1][d];
        index[d] = 0;
      }
    }
  });
}

constexpr int64_t kShortRow = 8;  // rows up to this are gathered into longer stretches

}  // namespace

template <class T>
void copy(const Loop& loop, void* y, const void* x) {
  if (int dim = transposed_dim(loop); dim >= 0) {
    return copy_transposed(loop, dim, static_cast<T*>(y), static_cast<const T*>(x));
  }
  if (loop.ndim == 1 || loop.shape[loop.ndim - 1] > kShortRow) {
    return copy_rows(loop, static_cast<T*>(y), static_cast<const T*>(x));
  }
  StretchBody body = [](const void*, int64_t n, void* const* operands, uint32_t) {
    move(operands[0], operands[1], n * static_cast<int64_t>(sizeof(T)));
  };
  walk(loop, 1, body, body, y, sizeof(T), x, sizeof(T));
}

template <class T>
void triangle(bool lower, void* y, const void* x, int64_t planes, int64_t rows, int64_t cols,
              int64_t diagonal) {
  parallel(planes * rows, row_grain(cols), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      // Columns up to here, or from here on, are x's.
      int64_t edge = i % rows + diagonal + (lower ? 1 : 0);
      edge = edge < 0 ? 0 : edge > cols ? cols : edge;
      T* to = static_cast<T*>(y) + i * cols;
      const T* from = static_cast<const T*>(x) + i * cols;
      const int64_t kept = lower ? 0 : edge, count = lower ? edge : cols - edge;
      const int64_t zero = lower ? edge : 0;
      move(to + kept, from + kept, count * static_cast<int64_t>(sizeof(T)));
      fill(to + zero, T(0), cols - count);
    }
  });
}

PYDL_FOR_WORDS(copy)
PYDL_FOR_WORDS(triangle)

}  // namespace pydl::PYDL_ISA
