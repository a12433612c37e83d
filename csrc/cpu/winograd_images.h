// Winograd's tiles: how they lie in images, and rows of images as vectors of neighbouring channels.
#pragma once

#include "cpu/gemm.h"

namespace pydl::PYDL_ISA {

// Images [batch, channels, depth, height, width]. Neighbouring places of a tile lie `step` apart
// (the dilation, or the stride), the first tile begins front, top and left before the first place.
template <class T>
struct Images {
  T* data;
  int64_t channels, depth, height, width;
  int64_t front, top, left, step;

  int64_t blocks() const { return ceil_div(channels, kLanes<T>); }
  int64_t padded() const { return blocks() * kLanes<T>; }
  int64_t plane() const { return depth * height * width; }
  T* row(int64_t image, int64_t block, int64_t d, int64_t h) const {
    return data + (image * channels + block * kLanes<T>)*plane() + (d * height + h) * width;
  }
  // The first of places w, w + step ... that is in the image, and how many of `count` are before
  // its end.
  int first_of(int64_t w) const { return w < 0 ? static_cast<int>(ceil_div(-w, step)) : 0; }
  int end_of(int64_t w, int64_t count) const {
    return w >= width ? 0 : static_cast<int>(least(count, ceil_div(width - w, step)));
  }
};

// to[i][lane] = places w + i * step, i < count, of row h of slice d, of the channels of a block;
// zeros outside.
template <class T>
void load_row(const Images<const T>& x, int64_t image, int64_t block, int64_t d, int64_t h,
              int64_t w, int count, Vec<T>* to) {
  constexpr int lanes = kLanes<T>;
  for (int i = 0; i < count; ++i) to[i] = Vec<T>{};
  if (d < 0 || d >= x.depth || h < 0 || h >= x.height) return;
  const int rows = static_cast<int>(least(lanes, x.channels - block * lanes));
  const T* from = x.row(image, block, d, h) + w;
  const int64_t plane = x.plane(), step = x.step;
  // A square takes so many places; what lies between them is read and thrown away.
  const int places = step < lanes ? static_cast<int>(lanes / step) : 1;
  const int end = x.end_of(w, count);
  for (int i = x.first_of(w); i < end; i += places) {
    const int some = static_cast<int>(least(places, end - i));
    const int n = step < lanes ? static_cast<int>((some - 1) * step + 1) : 1;
    Vec<T> square[lanes];
#pragma GCC unroll 16
    for (int c = 0; c < lanes; ++c)
      square[c] = c < rows ? load_n(from + c * plane + i * step, n) : Vec<T>{};
    transpose<T>(square);
    for (int c = 0; c < some; ++c) to[i + c] = square[c * step];
  }
}

// The other way round, of those places that are in the image.
template <class T>
void store_row(const Images<T>& y, int64_t image, int64_t block, int64_t d, int64_t h, int64_t w,
               int count, const Vec<T>* from) {
  constexpr int lanes = kLanes<T>;
  const int rows = static_cast<int>(least(lanes, y.channels - block * lanes));
  T* to = y.row(image, block, d, h) + w;
  const int64_t plane = y.plane(), step = y.step;
  for (int i = 0; i < count; i += lanes) {
    const int n = static_cast<int>(least(lanes, count - i));
    Vec<T> square[lanes];
#pragma GCC unroll 16
    for (int c = 0; c < lanes; ++c) square[c] = c < n ? from[i + c] : Vec<T>{};
    transpose<T>(square);
    for (int c = 0; c < rows; ++c) {
      T* place = to + c * plane + i * step;
      if (step == 1) {
        store_n(place, square[c], n);
      } else {
        T row[lanes];
        store(row, square[c]);
        for (int k = 0; k < n; ++k) place[k * step] = row[k];
      }
    }
  }
}

// A convolution's rows of tiles, in rounds. A dilated image falls apart into phases x phases
// images; slices of a volume are the innermost index of a tile.
struct Tiling {
  int64_t slices, phases, rows, cols;  // of tiles; rows and cols those of one image and phase
  int64_t count, round;                // rows of tiles in the batch, in a round
  int64_t slots;                       // rounds that may be under way at once
  int64_t tiles() const { return round * cols * slices; }
};

// Where a row of tiles lies: its image, and the places of its first tile.
struct TileRow {
  int64_t image, h, w;
  TileRow(const Tiling& t, int64_t row, int64_t out, int64_t step)
      : image(row / t.rows / t.phases / t.phases),
        h(row / t.rows / t.phases % t.phases + row % t.rows * out * step),
        w(row / t.rows % t.phases) {}
};

}  // namespace pydl::PYDL_ISA
