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
  if (loop.strides[0][last] != 1 || loop.strides[1][last] == 1) return -1;
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

}  // namespace

template <class T>
void copy(const Loop& loop, void* y, const void* x) {
  if (int dim = transposed_dim(loop); dim >= 0) {
    return copy_transposed(loop, dim, static_cast<T*>(y), static_cast<const T*>(x));
  }
  StretchBody body = [](const void*, int64_t n, void* const* operands, uint32_t) {
    __builtin_memcpy(operands[0], operands[1], static_cast<size_t>(n) * sizeof(T));
  };
  walk(loop, 1, body, body, y, sizeof(T), x, sizeof(T));
}

PYDL_FOR_WORDS(copy)

}  // namespace pydl::PYDL_ISA
