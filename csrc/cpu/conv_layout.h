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
  if (count > 0) __builtin_memset(to, 0, static_cast<size_t>(count) * sizeof(T));
}

// Cells [low, high) of a row from the source's, zeros around them.
template <class T>
void lay_row(T* to, const T* from, int64_t step, int64_t low, int64_t high, int64_t extent) {
  constexpr int lanes = kLanes<T>;
  for (int64_t z = 0; z < low; ++z) to[z] = 0;
  if (step == 1) {
    int64_t z = low;
    for (; z + lanes <= high; z += lanes) store(to + z, load(from + z));
    if (z < high) {
      int n = static_cast<int>(high - z);
      store_n(to + z, load_n(from + z, n), n);
    }
  } else if (step == 2) {
    for (int64_t z = low; z < high; z += lanes) {
      const int n = static_cast<int>(smaller(lanes, high - z)), span = 2 * n - 1;
      const T* pairs = from + 2 * z;
      const Vec<T> first = load_n(pairs, static_cast<int>(smaller(span, lanes)));
      const Vec<T> second = span > lanes ? load_n(pairs + lanes, span - lanes) : Vec<T>{};
      store_n(to + z, evens<T>(first, second), n);
    }
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

// A 1x1 kernel sees an image as one row.
inline bool pointwise(const ConvArgs& p) {
  bool same = true;
  for (int dim = 0; dim < 3; ++dim) {
    same = same && p.kernel[dim] == 1 && p.stride[dim] == 1 && p.padding[dim] == 0;
  }
  return same;
}

inline ConvArgs simplified(ConvArgs p) {
  if (!pointwise(p)) return p;
  p.in[2] = p.out[2] = product(p.in);
  p.in[0] = p.in[1] = p.out[0] = p.out[1] = 1;
  return p;
}

inline int64_t outputs(const ConvArgs& p) { return p.batch * p.out_channels * product(p.out); }

inline bool empty(const ConvArgs& p) { return outputs(p) * p.in_channels * product(p.in) == 0; }

// x as forward and weight gradient read it, one image a unit.
inline Layout input_layout(const ConvArgs& p) {
  Layout l = {};
  for (int dim = 0; dim < 3; ++dim) {
    int64_t reach = (p.kernel[dim] - 1) * p.dilation[dim] / p.stride[dim];
    l.axis[dim] = make_axis(p.in[dim], p.padding[dim], p.stride[dim], p.dilation[dim],
                            p.kernel[dim], p.out[dim], p.out[dim] + reach);
  }
  l.channels = p.in_channels;
  set_distances(l, 1);
  return l;
}

// Where one tap of one channel finds its weight and its element.
struct Step {
  int64_t a, b;
};

// The table of forward and weight gradient: in the order of the weights.
inline void fill_steps(const ConvArgs& p, const Layout& l, Step* steps) {
  const Axis &d = l.axis[0], &h = l.axis[1], &w = l.axis[2];
  int64_t count = 0;
  for (int64_t channel = 0; channel < p.in_channels / p.groups; ++channel) {
    for (int64_t i = 0; i < p.kernel[0]; ++i) {
      for (int64_t j = 0; j < p.kernel[1]; ++j) {
        for (int64_t k = 0; k < p.kernel[2]; ++k, ++count) {
          int64_t slot = (d.slot(i) * h.slots + h.slot(j)) * w.slots + w.slot(k);
          int64_t b = d.shift(i) * l.slab + h.shift(j) * l.row + w.shift(k);
          steps[count] = {count, channel * l.channel + slot * l.block + b};
        }
      }
    }
  }
}

// What of the batch is laid out at a time: a bounded part, unless one unit is larger.
inline constexpr int64_t kRoundBytes = 4 << 20;

struct Plan {
  Layout layout;
  int64_t units, round;  // in the batch, and laid out at a time
  int64_t slots;         // rounds under way at once, each with memory of its own; 1: one, by all
  int64_t steps;         // entries of the table
  bool flat;             // columns run across the ends of rows, and are picked out afterwards
};

// extra: elements that the caller keeps beside each unit.
template <class T>
void set_rounds(Plan& plan, int64_t batch, int64_t extra) {
  int64_t cells = (plan.layout.in_place ? 0 : plan.layout.unit) + extra;
  int64_t fit = kRoundBytes / static_cast<int64_t>(sizeof(T)) / larger(1, cells);
  plan.units = ceil_div(batch, plan.layout.images);
  plan.round = cells ? larger(1, smaller(fit, plan.units)) : plan.units;
  plan.slots = 1;
}

// Where there are enough units, and small ones, a thread lays out a few of them, which stay in its
// second cache, and computes what they give.
inline constexpr int64_t kSlots = 16, kSlotBytes = 512 << 10;

template <class T>
void set_slots(Plan& plan, int64_t extra) {
  const int64_t bytes = (plan.layout.unit + extra) * static_cast<int64_t>(sizeof(T));
  if (plan.layout.in_place || plan.units < kSlots || bytes > kSlotBytes) return;
  plan.slots = kSlots;
  plan.round = larger(1, smaller(kSlotBytes / larger(1, bytes), plan.units / kSlots));
}

// Scratch: the table, then the units of a round.
inline int64_t table_bytes(const Plan& plan) {
  return ceil_div(plan.steps * static_cast<int64_t>(sizeof(Step)), 64) * 64;
}

template <class T>
int64_t slot_cells(const Plan& plan) {
  return ceil_div(plan.round * plan.layout.unit + slack_of<T>(plan.layout), 64) * 64;
}

template <class T>
int64_t scratch_bytes(const Plan& plan) {
  if (plan.layout.in_place) return table_bytes(plan);
  return table_bytes(plan) + plan.slots * slot_cells<T>(plan) * static_cast<int64_t>(sizeof(T));
}

// One round: its units laid out, of images first ... .
template <class T>
struct Round {
  const T* b;
  int64_t first, images, slot;
  bool begins;  // it is the slot's first
};

// Calls compute(round) for each.
template <class T, class F>
void for_rounds(const ConvArgs& p, const Plan& plan, const T* x, F&& compute) {
  const Layout& l = plan.layout;
  T* memory = reinterpret_cast<T*>(static_cast<char*>(p.scratch) + table_bytes(plan));
  int64_t plane = l.axis[0].size * l.axis[1].size * l.axis[2].size;
  int64_t rounds = ceil_div(plan.units, plan.round);
  auto some = [&](int64_t slot) {
    T* b = memory + slot * slot_cells<T>(plan);
    if (!l.in_place) fill_zero(b + plan.round * l.unit, slack_of<T>(l));
    const int64_t start = slot * rounds / plan.slots, stop = (slot + 1) * rounds / plan.slots;
    for (int64_t round = start; round < stop; ++round) {
      const bool begins = round == start;
      int64_t first = round * plan.round * l.images;
      int64_t images = smaller(plan.round * l.images, p.batch - first);
      const T* from = x + first * l.channels * plane;
      if (l.in_place) {
        compute(Round<T>{from, first, images, slot, begins});
        continue;
      }
      int64_t channels = ceil_div(images, l.images) * l.channels;
      parallel(channels, row_grain(l.channel), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          int64_t image = i / l.channels * l.images;
          lay_channel(l, b + i * l.channel, from + (image * l.channels + i % l.channels) * plane,
                      l.channels * plane, smaller(l.images, images - image));
        }
      });
      compute(Round<T>{b, first, images, slot, begins});
    }
  };
  if (plan.slots == 1) return some(0);
  parallel(plan.slots, 1, [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) some(begin);
  });
}

// conv_weight.cpp's part of conv_scratch.
template <class T>
size_t conv_weight_scratch(const ConvArgs& p);

}  // namespace pydl::PYDL_ISA
