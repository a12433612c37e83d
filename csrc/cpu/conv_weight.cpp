// The weight gradient of convolution: a sum over the places of all outputs.
//
// x is laid out as for the forward pass. Where a group has enough output channels to be lanes, g is
// packed beside it, channels innermost, and tiles of taps x channels add up in a buffer
// [parts, groups, panels, taps of all channels, lanes]; else tiles of channels x taps, whose lanes
// are places, add up in dw itself. `parts` shares of the images of a round are there where there
// are too few tiles to keep threads busy; they are added in their order at the end.
#include "cpu/conv_few.h"
#include "cpu/conv_weight_tile.h"
#include "cpu/winograd.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kPiecePlaces = 192;  // of g, so many stay in the first cache for all tiles
constexpr int64_t kDotPlaces = 2048;   // outputs that a dot_tile sums before it adds to memory
constexpr int64_t kTasks = 16;         // as many tasks as should be there to share

struct WeightPlan : Plan {
  bool lanes_are_channels;
  int64_t panels, panel_cols;      // of one group
  int64_t group_cols;              // whole vectors
  int64_t tap_blocks, block_taps;  // the tiles of a panel
  int64_t parts;
  int64_t g_image, dw_part;  // elements of g packed for an image, of one part's sums
};

template <class T>
WeightPlan weight_plan(const ConvArgs& p) {
  constexpr int64_t lanes = kLanes<T>;
  WeightPlan plan = {};
  plan.layout = input_layout(p);
  plan.layout.in_place = pointwise(p);
  plan.steps = p.in_channels / p.groups * product(p.kernel);
  int64_t rows = p.out_channels / p.groups, vectors = ceil_div(rows, lanes);
  // The time of an output in tiles of either kind: packing g is worth about 12 taps, and a dot_tile
  // is the slower one.
  double taps = static_cast<double>(plan.steps);
  double row_lanes = static_cast<double>(ceil_div(p.out[2], lanes) * lanes);
  double by_channels = 12 + taps * static_cast<double>(vectors * lanes) / static_cast<double>(rows);
  double by_places = taps / 0.7 * row_lanes / static_cast<double>(p.out[2]);
  plan.lanes_are_channels = by_channels < by_places;
  if (plan.lanes_are_channels) {
    plan.panels = ceil_div(vectors, kSumVectors);
    plan.panel_cols = ceil_div(vectors, plan.panels) * lanes;
    plan.panels = ceil_div(vectors * lanes, plan.panel_cols);
    plan.group_cols = vectors * lanes;
    plan.block_taps = ceil_div(plan.steps, ceil_div(plan.steps, kSumTaps));
    plan.tap_blocks = ceil_div(plan.steps, plan.block_taps);
    plan.g_image = p.groups * plan.group_cols * product(p.out);
    plan.dw_part = p.groups * plan.group_cols * plan.steps;
  }
  set_rounds<T>(plan, p.batch, plan.g_image);
  int64_t tiles = p.groups * plan.panels * plan.tap_blocks;
  plan.parts = smaller(ceil_div(kTasks, larger(1, tiles)), plan.round);
  // Each slot has sums of its own.
  if (plan.lanes_are_channels && plan.dw_part * static_cast<int64_t>(sizeof(T)) <= kSlotBytes) {
    set_slots<T>(plan, plan.g_image);
    if (plan.slots > 1) plan.parts = 1;
  }
  return plan;
}

template <class T>
void pack_gradient(const ConvArgs& p, const WeightPlan& plan, T* to, const T* g, int64_t images) {
  int64_t plane = product(p.out), rows = p.out_channels / p.groups;
  int64_t count = images * p.groups * plan.panels;
  parallel(count, row_grain(plan.panel_cols * plane), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t first = i % plan.panels * plan.panel_cols, group = i / plan.panels;
      int cols = static_cast<int>(smaller(plan.panel_cols, rows - first));
      pack_panel(to + (group * plan.group_cols + first) * plane, g + (group * rows + first) * plane,
                 1, plane, plane, cols);
    }
  });
}

// f(piece, place of its first output, of its first element) over an image.
template <class F>
void for_pieces(const ConvArgs& p, const Layout& l, F&& f) {
  int64_t width = p.out[2], rows = larger(1, kPiecePlaces / width);
  int64_t step = width <= kPiecePlaces ? width : ceil_div(width, ceil_div(width, kPiecePlaces));
  for (int64_t d = 0; d < p.out[0]; ++d) {
    for (int64_t h = 0; h < p.out[1]; h += rows) {
      for (int64_t w = 0; w < width; w += step) {
        Piece piece = {smaller(rows, p.out[1] - h), smaller(step, width - w), l.row};
        f(piece, (d * p.out[1] + h) * width + w, d * l.slab + h * l.row + w);
      }
    }
  }
}

// Adds a round to sums; b and g are its images.
template <class T>
void add_round(const ConvArgs& p, const WeightPlan& plan, T* sums, const T* g, const T* b,
               int64_t images, bool add) {
  const Layout& l = plan.layout;
  const Step* steps = static_cast<const Step*>(p.scratch);
  int64_t plane = product(p.out), rows = p.out_channels / p.groups;
  int64_t channels = p.in_channels / p.groups;
  int64_t panels = p.groups * plan.panels, tiles = panels * plan.tap_blocks * plan.parts;
  int64_t cost = images * plane * plan.block_taps * plan.panel_cols / plan.parts / 8;
  int64_t grain = larger(row_grain(cost), ceil_div(tiles, 2 * kTasks));
  parallel(tiles, grain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      // The tiles of one panel that are in this chunk, a piece of g for all of them at a time.
      int64_t panel = begin / plan.tap_blocks % panels, part = begin / plan.tap_blocks / panels;
      int64_t first = begin % plan.tap_blocks;
      int64_t last = smaller(plan.tap_blocks, first + end - begin);
      begin += last - first;
      int64_t group = panel / plan.panels, column = panel % plan.panels * plan.panel_cols;
      int64_t step = panel_step<T>(smaller(plan.panel_cols, rows - column));
      T* to = sums + part * plan.dw_part + (group * plan.group_cols + column) * plan.steps;
      bool more = add;
      int64_t stop = images * (part + 1) / plan.parts;
      for (int64_t image = images * part / plan.parts; image < stop; ++image) {
        const T* g_image = g + image * plan.g_image + (group * plan.group_cols + column) * plane;
        const T* b_image = b + image * l.unit + group * channels * l.channel;
        for_pieces(p, l, [&](const Piece& piece, int64_t output, int64_t element) {
          for (int64_t tile = first; tile < last; ++tile) {
            int64_t tap = tile * plan.block_taps;
            sum_tile(piece, g_image + output * step, static_cast<int>(step / kLanes<T>),
                     b_image + element, steps + tap,
                     static_cast<int>(smaller(plan.block_taps, plan.steps - tap)), to + tap * step,
                     more);
          }
          more = true;
        });
      }
    }
  });
}

// dw[out channels, taps] = the parts' sums.
template <class T>
void gather_sums(const ConvArgs& p, const WeightPlan& plan, T* dw, const T* sums) {
  constexpr int lanes = kLanes<T>;
  int64_t rows = p.out_channels / p.groups, k = plan.steps;
  int64_t blocks = ceil_div(rows, lanes), squares = ceil_div(k, lanes);
  int64_t count = p.groups * blocks * squares;
  parallel(count, row_grain(lanes * (plan.parts + 4)), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      int64_t tap = begin % squares * lanes, group = begin / squares / blocks;
      int64_t row = begin / squares % blocks * lanes;
      int64_t column = row / plan.panel_cols * plan.panel_cols;
      int64_t step = panel_step<T>(smaller(plan.panel_cols, rows - column));
      const T* from = sums + (group * plan.group_cols + column) * k + row - column + tap * step;
      const int taps = static_cast<int>(smaller(lanes, k - tap));
      Vec<T> square[lanes] = {};
      for (int i = 0; i < taps; ++i) {
        for (int64_t part = 0; part < plan.parts; ++part) {
          square[i] += load(from + part * plan.dw_part + i * step);
        }
      }
      transpose<T>(square);
      T* to = dw + (group * rows + row) * k + tap;
      const int64_t channels = smaller(lanes, rows - row);
      for (int64_t i = 0; i < channels; ++i) store_n(to + i * k, square[i], taps);
    }
  });
}

template <class T>
void add_round_by_places(const ConvArgs& p, const WeightPlan& plan, T* dw, const T* g, const T* b,
                         int64_t images, bool add) {
  const Layout& l = plan.layout;
  const Step* steps = static_cast<const Step*>(p.scratch);
  int64_t rows = p.out_channels / p.groups, channels = p.in_channels / p.groups, k = plan.steps;
  int64_t plane = product(p.out), step = ceil_div(kDotPlaces, plane);
  DotSpace space = {0, p.out[0], p.out[1], p.out[2], p.out_channels * plane, l.unit, l.slab, l.row};
  // Tiles of one block of rows are next to each other, to find its part of g in the cache.
  int64_t row_blocks = ceil_div(rows, kDotRows), tap_blocks = ceil_div(k, kDotTaps);
  int64_t tiles = p.groups * row_blocks * tap_blocks;
  int64_t cost = images * plane * smaller(rows, kDotRows) * smaller(k, kDotTaps) / 8;
  int64_t grain = larger(row_grain(cost), ceil_div(tiles, 2 * kTasks));
  parallel(tiles, grain, [&](int64_t begin, int64_t end) {
    for (int64_t image = 0; image < images; image += step) {
      DotSpace part = space;
      part.images = smaller(step, images - image);
      for (int64_t tile = begin; tile < end; ++tile) {
        int64_t tap = tile % tap_blocks * kDotTaps, block = tile / tap_blocks;
        int64_t row = block % row_blocks * kDotRows, group = block / row_blocks;
        int64_t channel = group * rows + row;
        dot_tile(static_cast<int>(smaller(kDotRows, rows - row)),
                 static_cast<int>(smaller(kDotTaps, k - tap)), part,
                 g + image * space.g_image + channel * plane, plane,
                 b + image * l.unit + group * channels * l.channel, steps + tap,
                 dw + channel * k + tap, k, add || image > 0);
      }
    }
  });
}

}  // namespace

template <class T>
size_t conv_weight_scratch(const ConvArgs& p) {
  WeightPlan plan = weight_plan<T>(p);
  int64_t cells = plan.slots * (plan.round * plan.g_image + plan.parts * plan.dw_part);
  return static_cast<size_t>(scratch_bytes<T>(plan) + cells * static_cast<int64_t>(sizeof(T)));
}

template <class T>
void conv_weight_grad(const ConvArgs& args, void* dw, const void* g, const void* x) {
  ConvArgs p = simplified(args);
  int64_t weights = p.out_channels * (p.in_channels / p.groups) * product(p.kernel);
  if (empty(p)) return fill_zero(static_cast<T*>(dw), weights);
  const bool by_winograd = winograd_pays<T>(args, ConvPass::kWeightGrad);
  const bool by_few = !by_winograd && few_places<T>(args, ConvPass::kWeightGrad);
  if (by_winograd && winograd_weight_grad(args, static_cast<T*>(dw), static_cast<const T*>(g),
                                          static_cast<const T*>(x))) {
    return;
  } else if (by_few) {
    return few_weight_grad(args, static_cast<T*>(dw), static_cast<const T*>(g),
                           static_cast<const T*>(x));
  }
  WeightPlan plan = weight_plan<T>(p);
  fill_steps(p, plan.layout, static_cast<Step*>(p.scratch));
  T* packed = reinterpret_cast<T*>(static_cast<char*>(p.scratch) + scratch_bytes<T>(plan));
  T* sums = packed + plan.slots * plan.round * plan.g_image;
  for_rounds(p, plan, static_cast<const T*>(x), [&](const Round<T>& r) {
    const T* g_first = static_cast<const T*>(g) + r.first * p.out_channels * product(p.out);
    if (plan.lanes_are_channels) {
      T* panels = packed + r.slot * plan.round * plan.g_image;
      pack_gradient(p, plan, panels, g_first, r.images);
      add_round(p, plan, sums + r.slot * plan.dw_part, panels, r.b, r.images, !r.begins);
    } else {
      add_round_by_places(p, plan, static_cast<T*>(dw), g_first, r.b, r.images, !r.begins);
    }
  });
  plan.parts *= plan.slots;
  if (plan.lanes_are_channels) gather_sums(p, plan, static_cast<T*>(dw), sums);
}

template size_t conv_weight_scratch<float>(const ConvArgs&);
template size_t conv_weight_scratch<double>(const ConvArgs&);
PYDL_FOR_FLOATS(conv_weight_grad)

}  // namespace pydl::PYDL_ISA
