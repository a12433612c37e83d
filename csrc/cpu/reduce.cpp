// Sum, product, maximum and their kin over any dimensions of strided memory: the walk, which is
// compiled once for each element type, and below it the operations.
#include "cpu/reduce_rows.h"

namespace pydl::PYDL_ISA {
namespace {

// Columns: a group is neighbouring outputs, up to kGroup of which make a unit. Otherwise a group
// lies along the reduced elements and a unit is one output.
struct Plan {
  Loop kept, reduced;
  int64_t outputs, count;        // elements kept, elements reduced for each
  int64_t width, blocks, units;  // columns in a unit, units in the innermost kept dimension
  int64_t chunks;                // pieces that each unit's reduced elements are cut into
  bool columns;
};

int64_t magnitude(int64_t i) { return i < 0 ? -i : i; }

// The dimensions that matter, x's smallest step innermost, merged where possible.
int64_t simplify(Loop& to, const Loop& from, bool has_output) {
  int64_t total = 1;
  int n = 0;
  for (int d = 0; d < from.ndim; ++d) {
    total *= from.shape[d];
    if (from.shape[d] == 1) continue;
    int at = n++;
    for (; at > 0 && magnitude(to.strides[1][at - 1]) < magnitude(from.strides[1][d]); --at) {
      to.shape[at] = to.shape[at - 1];
      to.strides[0][at] = to.strides[0][at - 1];
      to.strides[1][at] = to.strides[1][at - 1];
    }
    to.shape[at] = from.shape[d];
    to.strides[0][at] = has_output ? from.strides[0][d] : 0;
    to.strides[1][at] = from.strides[1][d];
  }
  if (n == 0) to.shape[0] = 1, to.strides[0][0] = 0, to.strides[1][0] = 1;
  int last = 0;
  for (int d = 1; d < n; ++d) {
    bool joins = to.strides[0][last] == to.strides[0][d] * to.shape[d] &&
                 to.strides[1][last] == to.strides[1][d] * to.shape[d];
    int64_t before = joins ? to.shape[last] : 1;
    if (!joins) ++last;
    to.shape[last] = before * to.shape[d];
    to.strides[0][last] = to.strides[0][d];
    to.strides[1][last] = to.strides[1][d];
  }
  to.ndim = last + 1;
  return total;
}

// Of a reduction that is cut into chunks; they lie on the stack.
constexpr int64_t kMaxParts = 2048;

void make_plan(Plan& p, const Loop& kept, const Loop& reduced, int64_t group) {
  p.outputs = simplify(p.kept, kept, true);
  p.count = simplify(p.reduced, reduced, false);
  int64_t inner = p.kept.shape[p.kept.ndim - 1];
  int64_t kept_step = magnitude(p.kept.strides[1][p.kept.ndim - 1]);
  int64_t reduced_step = magnitude(p.reduced.strides[1][p.reduced.ndim - 1]);
  p.columns = inner > 1 && (p.count < group / 2 || kept_step < reduced_step);
  p.width = p.columns ? group : 1;
  p.blocks = (inner + p.width - 1) / p.width;
  p.units = p.outputs == 0 ? 0 : p.outputs / inner * p.blocks;
  p.chunks = 1;
  if (p.units > 0 && p.units < 16 && p.outputs <= kMaxParts / 2) {
    p.chunks = p.outputs * p.count / 32768;
    if (p.chunks > kMaxParts / p.outputs) p.chunks = kMaxParts / p.outputs;
    if (p.chunks > 64) p.chunks = 64;
    if (p.chunks < 1) p.chunks = 1;
  }
}

// Where a unit lies: its offset in y and in x, its first output's number, its columns.
struct Unit {
  int64_t y, x, first, columns;
};

Unit unit_of(const Plan& p, int64_t unit) {
  int inner = p.kept.ndim - 1;
  int64_t outer = inner == 0 ? 0 : unit / p.blocks, column = (unit - outer * p.blocks) * p.width;
  int64_t columns = p.kept.shape[inner] - column;
  Unit u{column * p.kept.strides[0][inner], column * p.kept.strides[1][inner],
         outer * p.kept.shape[inner] + column, columns < p.width ? columns : p.width};
  for (int d = inner - 1; d >= 0; --d) {
    int64_t at = d > 0 ? outer % p.kept.shape[d] : outer;
    if (d > 0) outer /= p.kept.shape[d];
    u.y += at * p.kept.strides[0][d];
    u.x += at * p.kept.strides[1][d];
  }
  return u;
}

// run(offset, n, step) for each innermost run of the reduced elements [begin, end).
template <class F>
void for_runs(const Loop& loop, int64_t begin, int64_t end, F run) {
  if (begin >= end) return;
  int inner = loop.ndim - 1;
  if (inner == 0) return run(begin * loop.strides[1][0], end - begin, loop.strides[1][0]);
  int64_t at[kMaxDims];
  int64_t offset = 0, index = begin;
  for (int d = inner; d >= 0; --d) {
    at[d] = d > 0 ? index % loop.shape[d] : index;
    if (d > 0) index /= loop.shape[d];
    offset += at[d] * loop.strides[1][d];
  }
  while (true) {
    int64_t n = loop.shape[inner] - at[inner];
    if (n > end - begin) n = end - begin;
    run(offset, n, loop.strides[1][inner]);
    begin += n;
    if (begin >= end) return;
    offset -= at[inner] * loop.strides[1][inner];
    at[inner] = 0;
    for (int d = inner - 1; d >= 0; --d) {
      offset += loop.strides[1][d];
      if (++at[d] < loop.shape[d]) break;
      offset -= at[d] * loop.strides[1][d];
      at[d] = 0;
    }
  }
}

// The accumulators of one unit. A group of elements covers as many whole rows of `columns`
// outputs as fit: `rows` of them, so many rows that lie densely are one run, and so is the
// reduction of a row to one output (columns 1). Lanes past rows * columns hold nothing of use.
template <class T>
struct Accumulators {
  static constexpr int G = kGroup<T>;
  static constexpr int kWaiting = 8;  // groups that the block holds
  const Reduction<T>& op;
  int64_t columns = 0, column_step, row_step, rows = 0;
  int64_t depth, filled;  // groups taken in since put_away; rows waiting in the block
  Part<T> total[G];
  alignas(64) Acc<T> acc[G];
  alignas(64) T shift[G];
  alignas(64) T block[kWaiting * G];

  Accumulators(const Reduction<T>& op, int64_t column_step, int64_t row_step)
      : op(op), column_step(column_step), row_step(row_step) {
    for (auto& s : shift) s = T(0);
    for (auto& b : block) b = T(0);
  }
  void start(int64_t width, const T* shift_at, int64_t shift_step) {
    columns = width;
    // Rows that lie apart are taken one by one.
    rows = width > 1 && column_step == 1 && row_step >= G ? 1 : G / width;
    depth = filled = 0;
    for (int64_t k = 0; k < columns; ++k) total[k] = op.neutral;
    clear();
    if (!shift_at) return;
    for (int64_t k = 0; k < rows * columns; ++k) shift[k] = shift_at[k % columns * shift_step];
  }

  void clear() {
    if constexpr (kFloating<T>) {
      // GCC 12 makes a loop over elements into stores that the loads in `take` have to wait for.
      for (int k = 0; k < G; k += kLanes<T>) store(acc + k, splat<T>(op.neutral));
    } else {
      for (int k = 0; k < G; ++k) acc[k] = op.neutral;
    }
  }
  void put_away() {
    if (columns == 1) {
      total[0] = joined(op.join, total[0], fold());
    } else if (rows == 1) {
      for (int64_t k = 0; k < columns; ++k) {
        total[k] = joined(op.join, total[k], static_cast<Part<T>>(acc[k]));
      }
    } else {
      for (int64_t k = 0; k < rows * columns; ++k) {
        Part<T>& to = total[k % columns];
        to = joined(op.join, to, static_cast<Part<T>>(acc[k]));
      }
    }
  }
  Part<T> fold() const {
    if constexpr (kFloating<T>) {
      constexpr int L = kLanes<T>;
      auto over = [&](auto f) {
        Vec<T> a = f(load(acc), load(acc + L)), b = f(load(acc + 2 * L), load(acc + 3 * L));
        for (int k = 4; k < G / L; k += 2) {
          a = f(a, load(acc + k * L));
          b = f(b, load(acc + k * L + L));
        }
        return static_cast<Part<T>>(fold_lanes<T>(f(a, b), f));
      };
      switch (op.join) {
        case Join::kAdd:
          return sum_of_lanes<T, G / L>(reinterpret_cast<const Vec<T>*>(acc));
        case Join::kMultiply:
          return over([](auto a, auto b) { return a * b; });
        case Join::kMax:
          return over([](auto a, auto b) { return larger(a, b); });
        default:
          return over([](auto a, auto b) { return smaller(a, b); });
      }
    } else {
      Part<T> all = acc[0];
      for (int k = 1; k < G; ++k) all = joined(op.join, all, acc[k]);
      return all;
    }
  }
  void take(const T* x, int64_t groups, int64_t step) {
    while (groups > 0) {
      if (depth == kDepth) {
        put_away();
        clear();
        depth = 0;
      }
      int64_t now = groups < kDepth - depth ? groups : kDepth - depth;
      op.take(acc, x, now, step, shift);
      depth += now;
      groups -= now;
      x += now * step;
    }
  }

  // n rows: whole groups from where they lie, the rest through the block.
  __attribute__((noinline)) void add(const T* x, int64_t n, int64_t step) {
    if (columns == 1 && step == 1) {
      take(x, n / G, G);
      x += n / G * G;
      n %= G;
    } else if (columns > 1 && column_step == 1) {
      if (columns == G) return take(x, n, step);
      if (rows == 1 && step >= G && n > 1) {
        // A whole group from each but the last: what is past a row belongs to the next.
        take(x, n - 1, step);
        x += (n - 1) * step;
        n = 1;
      }
      if (step == columns && n * columns >= G) {
        int64_t groups = (n * columns - G) / (rows * columns) + 1;
        take(x, groups, rows * columns);
        n -= groups * rows;
        x += groups * rows * step;
      }
    }
    while (n > 0) {
      if (filled == kWaiting * rows) {
        take(block, kWaiting, G);
        filled = 0;
      }
      int64_t now = kWaiting * rows - filled < n ? kWaiting * rows - filled : n;
      if (columns == 1) {
        pack(block + filled, x, now, step);
        x += now * step;
      } else {
        for (int64_t i = 0; i < now; ++i, x += step) {
          pack(row_at(filled + i), x, columns, column_step);
        }
      }
      filled += now, n -= now;
    }
  }
  static void pack(T* to, const T* x, int64_t n, int64_t step) {
    if (step == 1) {
      for (int64_t i = 0; i < n; ++i) to[i] = x[i];
    } else {
      for (int64_t i = 0; i < n; ++i) to[i] = x[i * step];
    }
  }
  T* row_at(int64_t row) { return block + row / rows * G + row % rows * columns; }
  void finish() {
    if (filled > 0) {
      int64_t groups = (filled + rows - 1) / rows;
      T* last = block + (groups - 1) * G;
      for (int64_t k = (filled - (groups - 1) * rows) * columns; k < rows * columns; ++k) {
        last[k] = op.shifted ? shift[k] : static_cast<T>(op.neutral);
      }
      take(block, groups, G);
    }
    put_away();
  }
};

}  // namespace

template <class T>
void reduce_space(const Reduction<T>& op, const Loop& kept, const Loop& reduced, void* y,
                  const T* x, const T* shift) {
  Plan p;
  make_plan(p, kept, reduced, kGroup<T>);
  int64_t y_step = p.kept.strides[0][p.kept.ndim - 1];
  int64_t x_step = p.kept.strides[1][p.kept.ndim - 1];
  Part<T> parts[kMaxParts];  // [chunks, outputs], unless each unit is one chunk
  int64_t grain = p.chunks == 1 ? row_grain(p.count * p.width) : 1;
  if (op.rows && !p.columns && p.chunks == 1 && p.count > 0 && p.count <= kShortRow<T> &&
      p.reduced.ndim == 1 && p.reduced.strides[1][0] == 1) {
    const int64_t inner = p.kept.shape[p.kept.ndim - 1];
    const int64_t item = op.store == Store::kInt64 ? sizeof(int64_t) : sizeof(T);
    return parallel(p.units, grain, [&](int64_t begin, int64_t end) {
      for (int64_t unit = begin; unit < end;) {
        const Unit u = unit_of(p, unit);
        const int64_t left = inner - unit % inner, rows = left < end - unit ? left : end - unit;
        op.rows(op, static_cast<char*>(y) + u.y * item, y_step, x + u.x, x_step, rows, p.count);
        unit += rows;
      }
    });
  }
  int64_t size = (p.count + p.chunks - 1) / p.chunks;
  // The chunks of the first unit, of the next ...
  parallel(p.units * p.chunks, grain, [&](int64_t begin, int64_t end) {
    Accumulators<T> a(op, x_step, p.reduced.strides[1][p.reduced.ndim - 1]);
    for (int64_t task = begin; task < end; ++task) {
      int64_t unit = p.chunks == 1 ? task : task / p.chunks, chunk = task - unit * p.chunks;
      int64_t from = chunk * size, to = from + size < p.count ? from + size : p.count;
      Unit u = unit_of(p, unit);
      a.start(u.columns, op.shifted ? shift + u.y : nullptr, y_step);
      for_runs(p.reduced, from, to,
               [&](int64_t offset, int64_t n, int64_t step) { a.add(x + u.x + offset, n, step); });
      a.finish();
      for (int64_t i = 0; i < u.columns; ++i) {
        if (p.chunks == 1) {
          write<T>(op.store, y, u.y + i * y_step, a.total[i], p.count);
        } else {
          parts[chunk * p.outputs + u.first + i] = a.total[i];
        }
      }
    }
  });
  if (p.chunks == 1) return;
  for (int64_t unit = 0; unit < p.units; ++unit) {
    Unit u = unit_of(p, unit);
    for (int64_t i = 0; i < u.columns; ++i) {
      Part<T> all = parts[u.first + i];
      for (int64_t chunk = 1; chunk < p.chunks; ++chunk) {
        all = joined(op.join, all, parts[chunk * p.outputs + u.first + i]);
      }
      write<T>(op.store, y, u.y + i * y_step, all, p.count);
    }
  }
}

template <class T>
void reduce(ReduceOp op, const Loop& kept, const Loop& reduced, void* y, const void* x) {
  auto with = [&]<class F, int kExtreme = 0>(F, Acc<T> neutral, Join join, Store store,
                                             Extreme<kExtreme> = {}) {
    Reduction<T> r;
    r.take = [](Acc<T>* acc, const T* x, int64_t count, int64_t step, const T* shift) {
      if constexpr (kFloating<T>) {
        take_vectors(acc, x, count, step, shift, [](auto a, auto x, auto) { return F{}(a, x); });
      } else {
        for (int64_t i = 0; i < count; ++i, x += step) {
          for (int k = 0; k < kGroup<T>; ++k) acc[k] = F{}(acc[k], static_cast<int64_t>(x[k]));
        }
      }
    };
    if constexpr (kFloating<T>) {
      r.rows = short_rows<T, F>;
      if constexpr (kExtreme != 0) {
        r.take = take_extreme<(kExtreme > 0), T, F>;
        r.rows = extreme_rows<(kExtreme > 0), T, F>;
      }
    }
    r.neutral = neutral, r.join = join, r.store = store, r.shifted = false;
    reduce_space<T>(r, kept, reduced, y, static_cast<const T*>(x), nullptr);
  };
  constexpr Store kWide = kFloating<T> ? Store::kElement : Store::kInt64;
  constexpr int kBits = 8 * sizeof(T) - (T(-1) < T(0));
  constexpr Acc<T> kHighest =
      kFloating<T> ? Acc<T>(__builtin_huge_val()) : Acc<T>(~uint64_t(0) >> (64 - kBits));
  constexpr Acc<T> kLowest = kFloating<T> ? -kHighest : T(-1) < T(0) ? -kHighest - 1 : 0;
  switch (op) {
    case ReduceOp::kSum:
      return with([](auto a, auto x) { return add(a, x); }, 0, Join::kAdd, kWide);
    case ReduceOp::kProd:
      return with([](auto a, auto x) { return multiply(a, x); }, 1, Join::kMultiply, kWide);
    case ReduceOp::kMax:
      return with([](auto a, auto x) { return larger(a, x); }, kLowest, Join::kMax, Store::kElement,
                  Extreme<1>{});
    case ReduceOp::kMin:
      return with([](auto a, auto x) { return smaller(a, x); }, kHighest, Join::kMin,
                  Store::kElement, Extreme<-1>{});
    case ReduceOp::kCountNonzero:
      return with([](auto a, auto x) { return x != Acc<T>(0) ? a + Acc<T>(1) : a; }, 0, Join::kAdd,
                  Store::kInt64);
    case ReduceOp::kSumAbs:
      return with([](auto a, auto x) { return add(a, x < Acc<T>(0) ? negative(x) : x); }, 0,
                  Join::kAdd, Store::kElement);
    case ReduceOp::kSumSquare:
      return with([](auto a, auto x) { return add(a, multiply(x, x)); }, 0, Join::kAdd,
                  Store::kElement);
    case ReduceOp::kMaxAbs:
      return with([](auto a, auto x) { return larger(a, x < Acc<T>(0) ? negative(x) : x); }, 0,
                  Join::kMax, Store::kElement);
  }
}

PYDL_FOR_NUMBERS(reduce)
PYDL_FOR_NUMBERS(reduce_space)

}  // namespace pydl::PYDL_ISA
