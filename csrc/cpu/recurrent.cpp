// Recurrent layers over whole sequences: at each step the product with the last step's h, and in
// the same pass over each of its tiles, while it is in the cache, the gates.
//
// The weights are packed once for all steps. Forward, the columns of one unit's gates come together
// into one panel, so that a tile holds all that its units' gates need; backward, a unit has one
// column, the gradient of its h. A step is cut by units and by rows; an element's bits depend on
// the size of h alone.
#include "cpu/gemm.h"
#include "cpu/row.h"

namespace pydl::PYDL_ISA {
namespace {

template <RecurrentKind kKind>
inline constexpr int kGates = kKind == RecurrentKind::kLstm  ? 4
                              : kKind == RecurrentKind::kGru ? 3
                                                             : 1;

// A right-hand matrix in panels: of column u in each of `gates` equal parts, the columns of
// `group` vectors of units together; within them vector by vector, gate by gate.
template <class T>
struct Panels {
  int64_t gates, units, k;
  const T* from;
  int64_t row, col;  // strides
  T* data;
  int64_t group = 1;  // unit vectors: the fewest whose panels are full

  static constexpr int kBuffer = Tile<T>::kRows * 12 * kLanes<T>;  // at most 12 vectors in a group

  Panels(int64_t gates, int64_t units, int64_t k, const void* from, int64_t row, int64_t col,
         T* data)
      : gates(gates),
        units(units),
        k(k),
        from(static_cast<const T*>(from)),
        row(row),
        col(col),
        data(data) {
    while (group * gates % Tile<T>::kVectors != 0) ++group;
  }

  int64_t unit_vectors() const { return ceil_div(units, kLanes<T>); }
  int64_t groups() const { return ceil_div(unit_vectors(), group); }
  int64_t size() const { return k * unit_vectors() * gates * kLanes<T>; }
  int64_t unit(int64_t g) const { return g * group * kLanes<T>; }
  int64_t units_of(int64_t g) const { return least(group * kLanes<T>, units - unit(g)); }
  int64_t width() const { return group * gates * kLanes<T>; }  // of a buffer's row
  T* panels(int64_t g) const { return data + k * g * width(); }

  // f(first vector, vectors) for each panel of a group.
  template <class F>
  void each_panel(int64_t g, F f) const {
    const int64_t vectors = ceil_div(units_of(g), kLanes<T>) * gates;
    for (int64_t v = 0; v < vectors; v += Tile<T>::kVectors)
      f(v, least(Tile<T>::kVectors, vectors - v));
  }

  void pack() const {
    parallel(groups(), row_grain(k * width()), [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) {
        each_panel(g, [&](int64_t first, int64_t vectors) {
          T* panel = panels(g) + first * kLanes<T> * k;
          for (int64_t v = 0; v < vectors; ++v) {
            const int64_t u = unit(g) + (first + v) / gates * kLanes<T>;
            const T* b = from + ((first + v) % gates * units + u) * col;
            pack_columns<T>(panel + v * kLanes<T>, vectors * kLanes<T>, b, row, col, k,
                            static_cast<int>(least(kLanes<T>, units - u)));
          }
        });
      }
    });
  }

  // buffer[count, width] = a[count, k] times the group's columns.
  void multiply(int64_t g, int count, const T* a, T* buffer) const {
    each_panel(g, [&](int64_t first, int64_t vectors) {
      const int cols = static_cast<int>(vectors) * kLanes<T>;
      gemm_tile<T>(count, cols, k, a, k, 1, panels(g) + first * kLanes<T> * k, cols,
                   buffer + first * kLanes<T>, width(), {});
    });
  }
  // The same columns of known rows[count, gates * units], or zeros.
  void copy(int64_t g, int count, const T* rows, T* buffer) const {
    for (int i = 0; i < count; ++i) {
      for_vectors<T>(units_of(g), [&](int64_t j, auto part) {
        for (int64_t gate = 0; gate < gates; ++gate) {
          store(buffer + i * width() + j * gates + gate * kLanes<T>,
                rows ? part.load(rows + (i * gates + gate) * units + unit(g) + j) : Vec<T>{});
        }
      });
    }
  }
};

inline constexpr int kGateWork = 48;  // of a gate's functions, in multiply-adds

Cut bands_of(int64_t rows, int most) {
  if (rows > 0) return Cut(rows, ceil_div(rows, most));
  Cut none;
  none.count = 0;
  return none;
}

// finish(row, unit, units, sums) for all of `rows` rows, in pieces: sums holds, of each unit vector
// its gates one after the other, the products of the first `carried` rows of a with w, and the
// other rows as they are in `known` (null: zeros).
template <class T, class F>
void for_products(const Panels<T>& w, int64_t carried, int64_t rows, const T* a, const T* known,
                  F finish) {
  constexpr int tile = Tile<T>::kRows;
  const Cut products = bands_of(carried, tile), rest = bands_of(rows - carried, tile);
  const int64_t bands = products.count + rest.count;
  if (bands == 0) return;
  const int64_t band_work = ceil_div(rows, bands) * w.width() * (w.k + kGateWork);
  const int64_t together = least(bands, 2 * kBlockWork / band_work + 1);
  const int64_t blocks = ceil_div(bands, together), chunks = blocks * w.groups();
  const int64_t grain = kBlockWork / (band_work * ceil_div(bands, blocks) + 1) + 1;
  parallel(chunks, grain, [&](int64_t begin, int64_t end) {
    alignas(64) T buffer[Panels<T>::kBuffer];
    for (; begin < end; ++begin) {
      const int64_t g = begin / blocks, last = least(bands, (begin % blocks + 1) * together);
      for (int64_t band = begin % blocks * together; band < last; ++band) {
        const bool product = band < products.count;
        const Cut& cut = product ? products : rest;
        const int64_t i = product ? band : band - products.count;
        const int64_t row = cut(i) + (product ? 0 : carried);
        const int count = static_cast<int>(cut(i + 1) - cut(i));
        if (product)
          w.multiply(g, count, a + row * w.k, buffer);
        else
          w.copy(g, count, known ? known + row * w.gates * w.units : nullptr, buffer);
        for (int r = 0; r < count; ++r)
          finish(row + r, w.unit(g), w.units_of(g), buffer + r * w.width());
      }
    }
  });
}

// The steps in the order in which they are computed: s = 0 comes first.
struct Steps {
  const RecurrentArgs& args;
  int64_t time(int64_t s) const { return args.reverse ? args.steps - 1 - s : s; }
  int64_t begin(int64_t s) const { return args.offsets[time(s)]; }
  int64_t rows(int64_t s) const { return args.offsets[time(s) + 1] - begin(s); }
  // The rows of step s whose sequences have been in step s - 1 too: its first ones.
  int64_t carried(int64_t s) const {
    return s > 0 && s < args.steps ? least(rows(s - 1), rows(s)) : 0;
  }
};

template <class T>
T* at(void* x, int64_t i) {
  return x ? static_cast<T*>(x) + i : nullptr;
}
template <class T>
const T* at(const void* x, int64_t i) {
  return x ? static_cast<const T*>(x) + i : nullptr;
}
template <class T, class Part>
Vec<T> load_or_zero(Part part, const T* x, int64_t j) {
  return x ? part.load(x + j) : Vec<T>{};
}

// The gates of one row's units; sums as in for_products. h is where the new h goes.
template <class T, RecurrentKind kKind>
void cell_forward(const RecurrentArgs& args, int64_t row, int64_t unit, int64_t units,
                  const T* sums, const T* h_before, const T* c_before, T* h) {
  constexpr int gates = kGates<kKind>;
  const int64_t hidden = args.hidden;
  T* x = at<T>(args.gates, row * gates * hidden + unit);
  T* c = at<T>(args.cells, row * hidden + unit);
  const T* bias = at<T>(args.b_hh, unit);
  for_vectors<T>(units, [&](int64_t j, auto part) {
    const auto sum = [&](int gate) { return load(sums + j * gates + gate * kLanes<T>); };
    const auto input = [&](int gate) { return part.load(x + gate * hidden + j); };
    const auto keep = [&](int gate, Vec<T> v) { part.store(x + gate * hidden + j, v); };
    if constexpr (kKind == RecurrentKind::kTanh) {
      keep(0, vtanh(input(0) + sum(0)));
    } else if constexpr (kKind == RecurrentKind::kRelu) {
      const Vec<T> v = input(0) + sum(0);
      keep(0, select<T>(v < Vec<T>{}, Vec<T>{}, v));
    } else if constexpr (kKind == RecurrentKind::kGru) {
      const auto inner = [&](int gate) {
        return sum(gate) + load_or_zero<T>(part, bias, gate * hidden + j);
      };
      const Vec<T> r = vsigmoid(input(0) + inner(0)), z = vsigmoid(input(1) + inner(1));
      const Vec<T> q = inner(2), n = vtanh(input(2) + r * q);
      keep(0, r), keep(1, z), keep(2, n);
      part.store(c + j, q);
      part.store(h + j, n + z * (load_or_zero<T>(part, h_before, j) - n));
    } else {
      const Vec<T> i = vsigmoid(input(0) + sum(0)), f = vsigmoid(input(1) + sum(1));
      const Vec<T> g = vtanh(input(2) + sum(2)), o = vsigmoid(input(3) + sum(3));
      const Vec<T> now = f * load_or_zero<T>(part, c_before, j) + i * g;
      keep(0, i), keep(1, f), keep(2, g), keep(3, o);
      part.store(c + j, now);
      part.store(h + j, o * vtanh(now));
    }
  });
}

// The gradients of what went into the gates, from dh, the gradient of the new h. `last`: no later
// step has added to carry.
template <class T, RecurrentKind kKind, class F>
void cell_backward(const RecurrentArgs& args, int64_t sequence, int64_t row, bool last,
                   int64_t unit, int64_t units, const T* h_before, const T* c_before, F dh) {
  constexpr int gates = kGates<kKind>;
  const int64_t hidden = args.hidden;
  const T* x = at<T>(static_cast<const void*>(args.gates), row * gates * hidden + unit);
  const T* c = at<T>(static_cast<const void*>(args.cells), row * hidden + unit);
  T* dx = at<T>(args.dx, row * gates * hidden + unit);
  T* dhidden = at<T>(args.dhidden, row * gates * hidden + unit);
  T* carry = at<T>(args.carry, sequence * hidden + unit);
  const T* later = last ? at<T>(args.g_c, sequence * hidden + unit) : carry;
  for_vectors<T>(units, [&](int64_t j, auto part) {
    const auto gate = [&](int i) { return part.load(x + i * hidden + j); };
    const auto give = [&](T* to, int i, Vec<T> v) { part.store(to + i * hidden + j, v); };
    const Vec<T> g = dh(j, part);
    if constexpr (kKind == RecurrentKind::kTanh) {  // g (1 - h^2)
      const Vec<T> h = gate(0);
      give(dx, 0, g * (T(1) - h * h));
    } else if constexpr (kKind == RecurrentKind::kRelu) {  // g where h > 0
      give(dx, 0, select<T>(gate(0) > Vec<T>{}, g, Vec<T>{}));
    } else if constexpr (kKind == RecurrentKind::kGru) {
      // h = n + z (h_before - n), n = tanh(x_n + r q)
      const Vec<T> r = gate(0), z = gate(1), n = gate(2), q = part.load(c + j);
      const Vec<T> all = last ? g : g + part.load(carry + j);
      const Vec<T> dn = all * (T(1) - z) * (T(1) - n * n);
      const Vec<T> dr = dn * q * r * (T(1) - r);
      const Vec<T> dz = all * (load_or_zero<T>(part, h_before, j) - n) * z * (T(1) - z);
      give(dx, 0, dr), give(dx, 1, dz), give(dx, 2, dn);
      give(dhidden, 0, dr), give(dhidden, 1, dz), give(dhidden, 2, dn * r);
      part.store(carry + j, all * z);
    } else {
      // h = o tanh(c), c = f c_before + i g
      const Vec<T> i = gate(0), f = gate(1), in = gate(2), o = gate(3);
      const Vec<T> t = vtanh(part.load(c + j));
      const Vec<T> dc = g * o * (T(1) - t * t) + load_or_zero<T>(part, later, j);
      give(dx, 0, dc * in * i * (T(1) - i));
      give(dx, 1, dc * load_or_zero<T>(part, c_before, j) * f * (T(1) - f));
      give(dx, 2, dc * i * (T(1) - in * in));
      give(dx, 3, g * t * o * (T(1) - o));
      part.store(carry + j, dc * f);
    }
  });
}

// The two products of a step: with the last h, and from the full h to the projected one.
template <class T>
struct Products {
  bool projected;
  Panels<T> hidden, projection;
  T* full;  // forward: [batch, hidden], h before it is projected

  explicit Products(const RecurrentArgs& args)
      : projected(args.w_hr != nullptr),
        hidden(of_hidden(args)),
        projection(of_projection(args, hidden.data + hidden.size())),
        full(projection.data + (projected ? projection.size() : 0)) {}

  static Panels<T> of_hidden(const RecurrentArgs& args) {
    const int64_t gates = args.kind == RecurrentKind::kLstm  ? 4
                          : args.kind == RecurrentKind::kGru ? 3
                                                             : 1;
    T* data = static_cast<T*>(args.scratch);
    if (args.dx) return {1, args.size, gates * args.hidden, args.w_hh, args.size, 1, data};
    return {gates, args.hidden, args.size, args.w_hh, 1, args.size, data};
  }
  static Panels<T> of_projection(const RecurrentArgs& args, T* data) {
    if (args.dx) return {1, args.hidden, args.size, args.w_hr, args.hidden, 1, data};
    return {1, args.size, args.hidden, args.w_hr, 1, args.hidden, data};
  }
  size_t bytes(const RecurrentArgs& args) const {
    const int64_t batch = args.offsets[1];
    const int64_t elements = (full - hidden.data) + (projected ? batch * args.hidden : 0);
    return static_cast<size_t>(elements) * sizeof(T);
  }
  void pack(const RecurrentArgs& args) const {
    if (args.steps > 1) hidden.pack();
    if (projected) projection.pack();
  }
};

template <class T, RecurrentKind kKind>
void forward(const RecurrentArgs& args) {
  const Products<T> w(args);
  const Steps steps{args};
  const int64_t hidden = args.hidden, size = args.size;
  T* y = static_cast<T*>(args.y);
  w.pack(args);
  for (int64_t s = 0; s < args.steps; ++s) {
    const int64_t begin = steps.begin(s), before = s > 0 ? steps.begin(s - 1) : 0;
    const int64_t carried = steps.carried(s), rows = steps.rows(s);
    const T* last = y + before * size;
    for_products(w.hidden, carried, rows, last, at<T>(args.first, 0),
                 [&](int64_t row, int64_t unit, int64_t units, const T* sums) {
                   const bool known = row >= carried;
                   const T* h =
                       known ? at<T>(args.h0, row * size + unit) : last + row * size + unit;
                   const T* c = known ? at<T>(args.c0, row * hidden + unit)
                                      : at<T>(static_cast<const void*>(args.cells),
                                              (before + row) * hidden + unit);
                   T* to = w.projected ? w.full + row * hidden : y + (begin + row) * size;
                   cell_forward<T, kKind>(args, begin + row, unit, units, sums, h, c, to + unit);
                 });
    if (!w.projected) continue;
    for_products<T>(w.projection, rows, rows, w.full, nullptr,
                    [&](int64_t row, int64_t unit, int64_t units, const T* sums) {
                      T* to = y + (begin + row) * size + unit;
                      for_vectors<T>(
                          units, [&](int64_t j, auto part) { part.store(to + j, load(sums + j)); });
                    });
  }
}

template <class T, RecurrentKind kKind>
void backward(const RecurrentArgs& args) {
  const Products<T> w(args);
  const Steps steps{args};
  const int64_t hidden = args.hidden, size = args.size;
  w.pack(args);
  for (int64_t s = args.steps - 1; s >= 0; --s) {
    const int64_t begin = steps.begin(s), rows = steps.rows(s);
    const int64_t before = s > 0 ? steps.begin(s - 1) : 0, from = steps.carried(s);
    const int64_t later = s + 1 < args.steps ? steps.begin(s + 1) : 0;
    const int64_t carried = steps.carried(s + 1);
    const auto cell = [&](int64_t row, int64_t unit, int64_t units, auto dh) {
      const bool known = row >= from;
      const int64_t at_h = (before + row) * size + unit, at_c = (before + row) * hidden + unit;
      const void *y = args.y, *cells = args.cells;
      const T* h = known ? at<T>(args.h0, row * size + unit) : at<T>(y, at_h);
      const T* c = known ? at<T>(args.c0, row * hidden + unit) : at<T>(cells, at_c);
      cell_backward<T, kKind>(args, row, begin + row, row >= carried, unit, units, h, c, dh);
    };
    const T* next = at<T>(static_cast<const void*>(args.dhidden),
                          later * w.hidden.k);  // the later step's, through w_hh
    for_products(w.hidden, carried, rows, next, at<T>(args.g_h, 0),
                 [&](int64_t row, int64_t unit, int64_t units, const T* sums) {
                   const T* g = at<T>(args.g_y, (begin + row) * size + unit);
                   const auto dh = [&](int64_t j, auto part) {
                     return load(sums + j) + load_or_zero<T>(part, g, j);
                   };
                   if (!w.projected) return cell(row, unit, units, dh);
                   T* to = at<T>(args.dh, (begin + row) * size + unit);
                   for_vectors<T>(units,
                                  [&](int64_t j, auto part) { part.store(to + j, dh(j, part)); });
                 });
    if (!w.projected) continue;
    for_products<T>(w.projection, rows, rows,
                    at<T>(static_cast<const void*>(args.dh), begin * size), nullptr,
                    [&](int64_t row, int64_t unit, int64_t units, const T* sums) {
                      cell(row, unit, units, [&](int64_t j, auto) { return load(sums + j); });
                    });
  }
}

}  // namespace

template <class T>
void recurrent_scratch(const RecurrentArgs& args, size_t* bytes) {
  *bytes = Products<T>(args).bytes(args);
}

template <class T>
void recurrent_forward(const RecurrentArgs& args) {
  switch (args.kind) {
    case RecurrentKind::kTanh:
      return forward<T, RecurrentKind::kTanh>(args);
    case RecurrentKind::kRelu:
      return forward<T, RecurrentKind::kRelu>(args);
    case RecurrentKind::kGru:
      return forward<T, RecurrentKind::kGru>(args);
    case RecurrentKind::kLstm:
      return forward<T, RecurrentKind::kLstm>(args);
  }
}

template <class T>
void recurrent_backward(const RecurrentArgs& args) {
  switch (args.kind) {
    case RecurrentKind::kTanh:
      return backward<T, RecurrentKind::kTanh>(args);
    case RecurrentKind::kRelu:
      return backward<T, RecurrentKind::kRelu>(args);
    case RecurrentKind::kGru:
      return backward<T, RecurrentKind::kGru>(args);
    case RecurrentKind::kLstm:
      return backward<T, RecurrentKind::kLstm>(args);
  }
}

PYDL_FOR_FLOATS(recurrent_scratch)
PYDL_FOR_FLOATS(recurrent_forward)
PYDL_FOR_FLOATS(recurrent_backward)

}  // namespace pydl::PYDL_ISA
