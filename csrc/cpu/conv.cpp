// Convolution in one to three space dimensions: forward and input gradient.
//
// A bounded part of the batch is laid out with its padding (conv_layout.h), a round at a time, and
// register tiles run over it (conv_tile.h). A 1x1 kernel reads the images in place. Both passes are
// one product: rows are channels of the result, columns its places. The input gradient has one
// product for each residue of the stride.
#include "cpu/conv_few.h"
#include "cpu/conv_tile.h"
#include "cpu/winograd.h"

namespace pydl::PYDL_ISA {
namespace {

// The taps first, first + step ... reach the input's places of one residue of the stride, and no
// others do.
struct Reach {
  int64_t first, step, count;
  int64_t residue, places;  // inputs residue, residue + stride ...: so many
};

// The number of residues that have taps; their first taps are 0, 1 ...
int64_t reaches_of(const ConvArgs& p, int dim) {
  return smaller(p.kernel[dim], p.stride[dim] / gcd(p.stride[dim], p.dilation[dim]));
}

Reach reach_of(const ConvArgs& p, int dim, int64_t first) {
  int64_t stride = p.stride[dim], step = stride / gcd(stride, p.dilation[dim]);
  int64_t residue = (first * p.dilation[dim] - p.padding[dim]) % stride;
  if (residue < 0) residue += stride;
  int64_t places = residue < p.in[dim] ? ceil_div(p.in[dim] - residue, stride) : 0;
  return {first, step, ceil_div(p.kernel[dim] - first, step), residue, places};
}

// The output that tap adds to input `residue`; input residue + stride has the next, and so on.
int64_t reached(const ConvArgs& p, int dim, int64_t residue, int64_t tap) {
  return (residue + p.padding[dim] - tap * p.dilation[dim]) / p.stride[dim];
}

// g as the input gradient reads it.
Axis gradient_axis(const ConvArgs& p, int dim) {
  int64_t low = 0, high = 1;
  for (int64_t first = 0; first < reaches_of(p, dim); ++first) {
    Reach r = reach_of(p, dim, first);
    if (r.places == 0) continue;
    low = smaller(low, reached(p, dim, r.residue, r.first + (r.count - 1) * r.step));
    high = larger(high, reached(p, dim, r.residue, r.first) + r.places);
  }
  int64_t grid = ceil_div(p.in[dim], p.stride[dim]);
  return make_axis(p.out[dim], -low, 1, 1, 1, grid, larger(grid, high - low));
}

constexpr int64_t kCachedBytes = 256 << 10;

// to_input: the input gradient's plan, for which g is laid out; else forward's.
template <class T>
Plan plan_of(const ConvArgs& p, bool to_input) {
  constexpr int64_t lanes = kLanes<T>;
  Plan plan = {};
  Layout& l = plan.layout;
  l = input_layout(p);
  int64_t grid[3] = {p.out[0], p.out[1], p.out[2]}, taps = product(p.kernel);
  plan.steps = p.in_channels / p.groups * taps;
  if (to_input) {
    for (int dim = 0; dim < 3; ++dim) {
      l.axis[dim] = gradient_axis(p, dim);
      grid[dim] = ceil_div(p.in[dim], p.stride[dim]);
    }
    l.channels = p.out_channels;
    set_distances(l, 1);
    plan.steps = p.out_channels / p.groups * taps;
  }
  l.in_place = pointwise(p) && l.plane >= lanes;
  if (!l.in_place) {
    // In cycles for one block of rows: columns lost against picking them out.
    int64_t k = to_input ? plan.steps / product(p.stride) : plan.steps;
    int64_t vectors = grid[0] * grid[1] * ceil_div(grid[2], lanes);
    plan.flat = l.plane * 4 * k / lanes + vectors * 60 < vectors * (4 * k + 10);
    if (plan.flat) {
      set_distances(l, larger(1, smaller(p.batch, ceil_div(4 * ConvTile<T>::kCols, l.plane))));
    }
  }
  set_rounds<T>(plan, p.batch, 0);
  set_slots<T>(plan, 0);
  return plan;
}

// c = activation(a b + bias): for each image and group, rows x the places of a grid. c_step are the
// distances of the grid's places in c.
struct Product {
  int64_t groups, rows, k;
  const Step* steps;
  int64_t a_row, a_block;  // distances of the rows of a tile, and of tiles' first rows
  int64_t a_group, b_group;
  int64_t grid[3], c_step[3];
  int64_t c_row, c_image;
  Activation activation;
};

// Neighbouring columns of a tile that are neighbours along the grid's last dimension too.
struct Run {
  int column, count;
  int64_t to;
};

// Where the columns [from, from + cols) of a unit go, those that are no place of the grid left out.
int runs_of(const Layout& l, const Product& p, int64_t from, int cols, Run* runs) {
  int count = 0;
  int64_t image = from / l.plane, d = from % l.plane / l.slab, h = from % l.slab / l.row;
  int64_t w = from % l.row;
  for (int column = 0; column < cols;) {
    if (d < p.grid[0] && h < p.grid[1] && w < p.grid[2]) {
      int n = static_cast<int>(smaller(p.grid[2] - w, cols - column));
      int64_t to = image * p.c_image + d * p.c_step[0] + h * p.c_step[1] + w * p.c_step[2];
      runs[count++] = {column, n, to};
    }
    column += static_cast<int>(smaller(l.row - w, cols - column));
    w = 0;
    if (++h == l.axis[1].extent) h = 0, ++d;
    if (d == l.axis[0].extent) d = 0, ++image;
  }
  return count;
}

// `vectors` places from number `first` on, counted along the rows of an image's grid, each row
// padded to whole vectors.
template <class T>
void places_of(const Layout& l, const Product& p, int64_t first, int vectors, Place* places) {
  int64_t row_vectors = ceil_div(p.grid[2], kLanes<T>), row = first / row_vectors;
  int64_t w = first % row_vectors * kLanes<T>, h = row % p.grid[1], d = row / p.grid[1];
  for (int v = 0; v < vectors; ++v) {
    int count = static_cast<int>(smaller(kLanes<T>, p.grid[2] - w));
    int64_t to = d * p.c_step[0] + h * p.c_step[1] + w * p.c_step[2];
    places[v] = {d * l.slab + h * l.row + w, to, count};
    w += kLanes<T>;
    if (w >= p.grid[2]) w = 0, ++h;
    if (h == p.grid[1]) h = 0, ++d;
  }
}

template <class T>
void copy_runs(const Product& p, T* c, const T* tile, int64_t tile_row, int rows, const Run* runs,
               int count) {
  for (int i = 0; i < rows; ++i, c += p.c_row, tile += tile_row) {
    for (int r = 0; r < count; ++r) {
      T* to = c + runs[r].to;
      const T* from = tile + runs[r].column;
      int n = runs[r].count;
      if (p.c_step[2] == 1) {
        for (; n >= kLanes<T>; n -= kLanes<T>, to += kLanes<T>, from += kLanes<T>) {
          store(to, load(from));
        }
        if (n > 0) store_n(to, load_n(from, n), n);
      } else {
        for (int j = 0; j < n; ++j) to[j * p.c_step[2]] = from[j];
      }
    }
  }
}

template <class T>
void multiply(const Plan& plan, const Product& p, int64_t images, T* c, const T* a, const T* b,
              const T* bias) {
  constexpr int64_t lanes = kLanes<T>, kRows = ConvTile<T>::kRows;
  const Layout& l = plan.layout;
  int64_t most = p.rows == 1 ? ConvTile<T>::kVectorsOfOne : ConvTile<T>::kVectors;
  int64_t length = (l.images - 1) * l.plane + (p.grid[0] - 1) * l.slab + (p.grid[1] - 1) * l.row;
  length += p.grid[2];
  int64_t vectors = p.grid[0] * p.grid[1] * ceil_div(p.grid[2], lanes);
  if (plan.flat) vectors = ceil_div(length, lanes);
  int64_t blocks = ceil_div(vectors, most), block_vectors = ceil_div(vectors, blocks);
  int64_t tasks = ceil_div(images, l.images) * p.groups * blocks;
  int64_t parts = smaller(ceil_div(p.rows, kRows), ceil_div(16, tasks));
  int64_t part_rows = ceil_div(ceil_div(p.rows, kRows), parts) * kRows;
  // Where a is too large for the second cache, all columns take one part of it before the next.
  int64_t cached = kCachedBytes / static_cast<int64_t>(sizeof(T)) / larger(1, p.k);
  const bool by_parts = p.rows > 4 * cached;
  if (by_parts) part_rows = smaller(part_rows, larger(1, cached / kRows) * kRows);
  parts = ceil_div(p.rows, part_rows);
  // A multiply-add in a tile is about an eighth of an elementary operation.
  int64_t grain = row_grain(smaller(part_rows, p.rows) * block_vectors * lanes * (p.k + 1) / 8);
  parallel(tasks * parts, grain, [&](int64_t begin, int64_t end) {
    T tile[ConvTile<T>::kSize];
    Run runs[ConvTile<T>::kVectorsOfOne * kLanes<T>];
    Place places[ConvTile<T>::kVectorsOfOne];
    for (int64_t task = begin; task < end; ++task) {
      int64_t part = by_parts ? task / tasks : task % parts;
      int64_t rest = by_parts ? task % tasks : task / parts, block = rest % blocks;
      int64_t group = rest / blocks % p.groups, unit = rest / blocks / p.groups;
      int64_t first = block * block_vectors;
      int count = static_cast<int>(smaller(block_vectors, vectors - first)), run_count = 0;
      int tail = lanes;
      bool direct = !plan.flat && p.c_step[2] == 1;
      if (plan.flat) {
        int64_t absent = larger(0, (unit + 1) * l.images - images);
        int64_t left = length - absent * l.plane - first * lanes;
        if (left <= 0) continue;
        count = static_cast<int>(smaller(count, ceil_div(left, lanes)));
        int cols = static_cast<int>(smaller(left, count * lanes));
        run_count = runs_of(l, p, first * lanes, cols, runs);
        for (int v = 0; v < count; ++v) places[v].from = (first + v) * lanes;
      } else {
        places_of<T>(l, p, first, count, places);
        if (l.in_place) tail = places[count - 1].count;
      }
      for (int v = 0; v < count && !direct; ++v) {
        if (!plan.flat) runs[run_count++] = {v * kLanes<T>, places[v].count, places[v].to};
        places[v].to = v * lanes, places[v].count = lanes;
      }
      const T* b_tile = b + unit * l.unit + group * p.b_group;
      int64_t last = smaller(p.rows, (part + 1) * part_rows);
      int rows = 0;
      for (int64_t row = part * part_rows; row < last; row += rows) {
        bool packed = p.a_block != p.a_row;
        int64_t even = ceil_div(last - row, ceil_div(last - row, kRows));
        rows = static_cast<int>(packed ? smaller(kRows, last - row) : even);
        int64_t channel = group * p.rows + row;
        T* to = c + unit * l.images * p.c_image + channel * p.c_row;
        TileEnd<T> tile_end;
        tile_end.row_bias = bias ? bias + channel : nullptr;
        tile_end.activation = p.activation;
        conv_tile(rows, places, count, tail, p.k, p.steps, a + group * p.a_group + row * p.a_block,
                  p.a_row, b_tile, direct ? to : tile, direct ? p.c_row : count * lanes, tile_end);
        if (!direct) copy_runs(p, to, tile, count * lanes, rows, runs, run_count);
      }
    }
  });
}

// The table of one product of the input gradient.
void fill_gradient_steps(const ConvArgs& p, const Layout& l, const Reach* reach, Step* steps) {
  const int64_t count[3] = {reach[0].count, reach[1].count, reach[2].count};
  const int64_t distance[3] = {l.slab, l.row, 1}, taps = product(count);
  for (int64_t i = 0; i < taps; ++i) {
    const int64_t n[3] = {i / count[2] / count[1], i / count[2] % count[1], i % count[2]};
    int64_t a = 0, b = 0;
    for (int dim = 0; dim < 3; ++dim) {
      int64_t tap = reach[dim].first + n[dim] * reach[dim].step;
      a = a * p.kernel[dim] + tap;
      b += (reached(p, dim, reach[dim].residue, tap) + l.axis[dim].pad) * distance[dim];
    }
    steps[i] = {a, b};
  }
  int64_t a_channel = p.in_channels / p.groups * product(p.kernel);
  for (int64_t i = taps; i < p.out_channels / p.groups * taps; ++i) {
    steps[i] = {steps[i - taps].a + a_channel, steps[i - taps].b + l.channel};
  }
}

// The input gradient finds a tap's weights for neighbouring channels far apart: if there are many
// they are packed, [groups, blocks, k, kRows] for each product.
template <class T>
bool packs_weights(const ConvArgs& p) {
  int64_t rows = p.in_channels / p.groups;
  int64_t bytes = p.out_channels * rows * product(p.kernel) * static_cast<int64_t>(sizeof(T));
  return rows > 1 && bytes > kCachedBytes;
}

template <class T>
int64_t padded_rows(const ConvArgs& p) {
  return ceil_div(p.in_channels / p.groups, ConvTile<T>::kRows) * ConvTile<T>::kRows;
}

template <class T>
void pack_weights(const Product& p, T* to, const T* w) {
  constexpr int64_t kRows = ConvTile<T>::kRows;
  int64_t blocks = ceil_div(p.rows, kRows);
  parallel(p.groups * blocks, row_grain(kRows * p.k), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t row = i % blocks * kRows, rows = smaller(kRows, p.rows - row);
      const T* from = w + i / blocks * p.a_group + row * p.a_row;
      T* target = to + i * kRows * p.k;
      for (int64_t k = 0; k < p.k; ++k) {
        const T* tap = from + p.steps[k].a;
        for (int64_t j = 0; j < rows; ++j) target[k * kRows + j] = tap[j * p.a_row];
      }
    }
  });
}

}  // namespace

template <class T>
void conv_scratch(const ConvArgs& args, ConvPass pass, size_t* bytes) {
  *bytes = 0;
  if (pass == ConvPass::kForward ? outputs(args) == 0 : empty(args)) return;
  ConvArgs p = simplified(args);
  bool to_input = pass == ConvPass::kInputGrad;
  if (pass == ConvPass::kWeightGrad) {
    *bytes = conv_weight_scratch<T>(p);
  } else {
    *bytes = static_cast<size_t>(scratch_bytes<T>(plan_of<T>(p, to_input)));
  }
  if (to_input && packs_weights<T>(p)) {
    *bytes +=
        static_cast<size_t>(padded_rows<T>(p) * p.out_channels * product(p.kernel)) * sizeof(T);
  }
  // Where Winograd's method fails, the direct one follows in the same memory.
  if (winograd_pays<T>(args, pass)) {
    const size_t more = winograd_scratch<T>(args, pass);
    if (more > *bytes) *bytes = more;
  } else if (few_places<T>(args, pass)) {
    *bytes = few_scratch<T>(args, pass);
  }
}

template <class T>
void conv_forward(const ConvArgs& args, void* y, const void* x, const void* w, const void* bias) {
  ConvArgs p = simplified(args);
  int64_t plane = product(p.out);
  if (outputs(p) == 0) return;
  const bool by_winograd = winograd_pays<T>(args, ConvPass::kForward);
  const bool by_few = !by_winograd && few_places<T>(args, ConvPass::kForward);
  if (by_winograd && winograd_forward(args, static_cast<T*>(y), static_cast<const T*>(x),
                                      static_cast<const T*>(w), static_cast<const T*>(bias))) {
    return;
  } else if (by_few) {
    return few_forward(args, static_cast<T*>(y), static_cast<const T*>(x), static_cast<const T*>(w),
                       static_cast<const T*>(bias));
  }
  Plan plan = plan_of<T>(p, false);
  Step* steps = static_cast<Step*>(p.scratch);
  fill_steps(p, plan.layout, steps);
  int64_t rows = p.out_channels / p.groups;
  Product product = {p.groups,
                     rows,
                     plan.steps,
                     steps,
                     plan.steps,
                     plan.steps,
                     plan.steps * rows,
                     p.in_channels / p.groups * plan.layout.channel,
                     {p.out[0], p.out[1], p.out[2]},
                     {p.out[1] * p.out[2], p.out[2], 1},
                     plane,
                     p.out_channels * plane,
                     p.activation};
  for_rounds(p, plan, static_cast<const T*>(x), [&](const Round<T>& r) {
    multiply(plan, product, r.images, static_cast<T*>(y) + r.first * product.c_image,
             static_cast<const T*>(w), r.b, static_cast<const T*>(bias));
  });
}

// dx[residue + stride * t] = sum over the channels of y and the taps of w * g[t + reached].
template <class T>
void conv_input_grad(const ConvArgs& args, void* dx, const void* g, const void* w) {
  ConvArgs p = simplified(args);
  int64_t plane = product(p.in), count = p.batch * p.in_channels * plane;
  if (count == 0) return;
  auto zero = [&] {
    parallel(count, row_grain(1), [&](int64_t begin, int64_t end) {
      fill_zero(static_cast<T*>(dx) + begin, end - begin);
    });
  };
  if (empty(p)) return zero();
  const bool by_winograd = winograd_pays<T>(args, ConvPass::kInputGrad);
  const bool by_few = !by_winograd && few_places<T>(args, ConvPass::kInputGrad);
  if (by_winograd && winograd_input_grad(args, static_cast<T*>(dx), static_cast<const T*>(g),
                                         static_cast<const T*>(w))) {
    return;
  } else if (by_few) {
    return few_input_grad(args, static_cast<T*>(dx), static_cast<const T*>(g),
                          static_cast<const T*>(w));
  }
  Plan plan = plan_of<T>(p, true);
  const Layout& l = plan.layout;
  int64_t taps = product(p.kernel), rows = p.in_channels / p.groups;
  int64_t channels = p.out_channels / p.groups;
  int64_t reaches[3];
  for (int dim = 0; dim < 3; ++dim) reaches[dim] = reaches_of(p, dim);

  // f(product, its first step, reaches) for each.
  Step* table = static_cast<Step*>(p.scratch);
  auto for_products = [&](auto&& f) {
    Product product = {p.groups,
                       rows,
                       0,
                       table,
                       taps,
                       taps,
                       channels * rows * taps,
                       channels * l.channel,
                       {},
                       {p.stride[0] * p.in[1] * p.in[2], p.stride[1] * p.in[2], p.stride[2]},
                       plane,
                       p.in_channels * plane,
                       Activation::kNone};
    Step* steps = table;
    for (int64_t i = 0; i < reaches[0] * reaches[1] * reaches[2]; ++i) {
      int64_t first[3] = {i / reaches[2] / reaches[1], i / reaches[2] % reaches[1], i % reaches[2]};
      Reach reach[3];
      for (int dim = 0; dim < 3; ++dim) {
        reach[dim] = reach_of(p, dim, first[dim]);
        product.grid[dim] = reach[dim].places;
      }
      if (product.grid[0] * product.grid[1] * product.grid[2] == 0) continue;
      product.k = channels * reach[0].count * reach[1].count * reach[2].count;
      product.steps = steps;
      f(product, steps, reach);
      steps += product.k;
    }
  };
  const bool packed = packs_weights<T>(p);
  T* weights = reinterpret_cast<T*>(static_cast<char*>(p.scratch) + scratch_bytes<T>(plan));
  int64_t step_weights = p.groups * padded_rows<T>(p), covered = 0;
  for_products([&](const Product& product, Step* steps, const Reach* reach) {
    covered += reach[0].places * reach[1].places * reach[2].places;
    fill_gradient_steps(p, l, reach, steps);
    if (!packed) return;
    pack_weights(product, weights + (steps - table) * step_weights, static_cast<const T*>(w));
    for (int64_t k = 0; k < product.k; ++k) steps[k].a = k * ConvTile<T>::kRows;
  });
  if (covered < plane) zero();
  for_rounds(p, plan, static_cast<const T*>(g), [&](const Round<T>& r) {
    for_products([&](Product product, Step* steps, const Reach* reach) {
      const T* a = static_cast<const T*>(w);
      if (packed) {
        a = weights + (steps - table) * step_weights;
        product.a_row = 1, product.a_block = product.k;
        product.a_group = padded_rows<T>(p) * product.k;
      }
      int64_t at = (reach[0].residue * p.in[1] + reach[1].residue) * p.in[2] + reach[2].residue;
      multiply(plan, product, r.images, static_cast<T*>(dx) + r.first * product.c_image + at, a,
               r.b, static_cast<const T*>(nullptr));
    });
  });
}

PYDL_FOR_FLOATS(conv_scratch)
PYDL_FOR_FLOATS(conv_forward)
PYDL_FOR_FLOATS(conv_input_grad)

}  // namespace pydl::PYDL_ISA
