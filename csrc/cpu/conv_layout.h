// How convolution reads its operand: from a copy with the padding in place, cut by residues of the
// stride. There the element under a tap of the kernel lies at a fixed distance from the output's
// place, for any stride and dilation, so a tile needs one table of distances and no panel.
//
//   [units][channels][slots][images][depth][height][width]
//
// A slot holds the places of one residue; stride 1 has one. Images that are too small to fill a
// tile are put behind each other and make one unit. Neighbouring rows and planes share their zeros.
#pragma once

#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

inline int64_t product(const int64_t (&x)[3]) { return x[0] * x[1] * x[2]; }

// One space dimension. Cell z of a slot holds the source's place z * step + residue - pad.
struct Axis {
  int64_t size;  // of the source
  int64_t pad;   // zeros in front
  int64_t step;  // the stride
  int64_t dilation;
  int64_t slots;   // residues that some tap reads
  int64_t period;  // tap t is in slot t % period
  int64_t extent;  // cells of a slot, without those shared with the next
  int64_t shared;  // zeros that the end has in common with the next one's front

  int64_t residue(int64_t slot) const { return slot * dilation % step; }
  int64_t slot(int64_t tap) const { return tap % period; }
  int64_t shift(int64_t tap) const { return tap * dilation / step; }
};

struct Layout {
  Axis axis[3];
  int64_t channels, images;                        // of a unit
  int64_t row, slab, plane, block, channel, unit;  // distances: of rows, slabs ... units
  bool in_place;                                   // the source is already so: no copy
};

inline int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

// A slot is read `cells` far, from the places of a grid: its rows have to hold the grid's.
inline Axis make_axis(int64_t size, int64_t pad, int64_t step, int64_t dilation, int64_t kernel,
                      int64_t grid, int64_t cells) {
  int64_t period = step / gcd(step, dilation);
  int64_t shared = smaller(smaller(pad, cells - pad - size), cells - grid);
  if (shared < 0 || step > 1) shared = 0;
  return {size, pad, step, dilation, smaller(kernel, period), period, cells - shared, shared};
}

inline void set_distances(Layout& l, int64_t images) {
  l.images = images;
  l.row = l.axis[2].extent;
  l.slab = l.row * l.axis[1].extent;
  l.plane = l.slab * l.axis[0].extent;
  l.block = l.plane * images;
  l.channel = l.block * l.axis[0].slots * l.axis[1].slots * l.axis[2].slots;
  l.unit = l.channel * l.channels;
}

// Zeros that have to follow the last unit, with what a vector at its last cell reads.
template <class T>
int64_t slack_of(const Layout& l) {
  return kLanes<T> + l.axis[0].shared * l.slab + l.axis[1].shared * l.row + l.axis[2].shared;
}

template <class T>
void fill_zero(T* to, int64_t count) {
  __builtin_memset(to, 0, static_cast<size_t>(count) * sizeof(T));
}

// Cells [low, high) of a row from the source's, zeros around them.
template <class T>
void lay_row(T* to, const T* from, int64_t step, int64_t low, int64_t high, int64_t extent) {
  constexpr int64_t lanes = kLanes<T>;
  for (int64_t z = 0; z < low; ++z) to[z] = 0;
  if (step == 1) {
    int64_t z = low;
    for (; z + lanes <= high; z += lanes) store(to + z, load(from + z));
    if (z < high) {
      int n = static_cast<int>(high - z);
      store_n(to + z, load_n(from + z, n), n);
    }
  } else if (step == 2) {
    for (int64_t z = low; z < high; ++z) to[z] = from[2 * z];
  } else {
    for (int64_t z = low; z < high; ++z) to[z] = from[step * z];
  }
  for (int64_t z = high; z < extent; ++z) to[z] = 0;
}

// One channel of a unit: to[slots, l.images, depth, height, width] from x, the channel's plane in
// the first of `images` images, x_image apart.
template <class T>
void lay_channel(const Layout& l, T* to, const T* x, int64_t x_image, int64_t images) {
  const Axis &d = l.axis[0], &h = l.axis[1], &w = l.axis[2];
  for (int64_t slot = 0; slot < d.slots * h.slots * w.slots; ++slot) {
    int64_t d_first = d.residue(slot / w.slots / h.slots) - d.pad;
    int64_t h_first = h.residue(slot / w.slots % h.slots) - h.pad;
    int64_t w_first = w.residue(slot % w.slots) - w.pad;
    int64_t low = w_first < 0 ? smaller(ceil_div(-w_first, w.step), w.extent) : 0;
    int64_t high = w_first < w.size ? ceil_div(w.size - w_first, w.step) : 0;
    high = larger(low, smaller(high, w.extent));
    for (int64_t image = 0; image < images; ++image) {
      for (int64_t z = 0; z < d.extent; ++z) {
        int64_t at_d = d_first + z * d.step;
        for (int64_t y = 0; y < h.extent; ++y, to += w.extent) {
          int64_t at_h = h_first + y * h.step;
          if (at_d < 0 || at_d >= d.size || at_h < 0 || at_h >= h.size || low == high) {
            fill_zero(to, w.extent);
          } else {
            const T* row = x + image * x_image + (at_d * h.size + at_h) * w.size;
            lay_row(to, row + w_first, w.step, low, high, w.extent);
          }
        }
      }
    }
    fill_zero(to, (l.images - images) * l.plane);
    to += (l.images - images) * l.plane;
  }
}

}  // namespace pydl::PYDL_ISA
