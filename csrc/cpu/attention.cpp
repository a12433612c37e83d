// Attention: softmax(scale q k^T + mask) v, one block of queries against one block of keys at a
// time. The softmax runs online: each block rescales what the ones before it gave, so the matrix of
// scores never exists as a whole (Rabe and Staats, arXiv:2112.05682; Dao et al., arXiv:2205.14135).
// Backward makes each block's scores again, from `log_sum`.
#include "cpu/gemm.h"
#include "cpu/kernels.h"
#include "cpu/row.h"
#include "cpu/walk.h"

namespace pydl::PYDL_ISA {
namespace {

constexpr int64_t kQueries = 64;  // of a block
template <class T>
constexpr int64_t kKeys = 512 / static_cast<int64_t>(sizeof(T));
constexpr int64_t kDepth = 128;  // of a packed panel
constexpr int64_t kFar = int64_t(1) << 60;

// The matrix of one head, rows apart by `row`, columns adjacent.
template <class T>
struct Matrix {
  T* data;
  int64_t row;
};

template <class T>
Matrix<T> matrix_of(const AttentionArgs& args, const AttentionOperand& x, int64_t batch) {
  T* data = static_cast<T*>(x.data);
  for (int d = args.batch_dims - 1; d >= 0; --d) {
    data += batch % args.batch_shape[d] * x.batch[d];
    batch /= args.batch_shape[d];
  }
  return {data, x.row};
}

// s[rows, cols] = a[rows, depth] b[cols, depth]^T. Only columns below reach + row + 1 are wanted.
template <class T>
[[gnu::noinline]] void times_transposed(T* s, int64_t s_row, Matrix<const T> a, int64_t rows,
                                        Matrix<const T> b, int64_t cols, int64_t depth,
                                        int64_t reach) {
  alignas(64) T panel[kDepth * Tile<T>::kCols];
  const Cut bands(rows, ceil_div(rows, Tile<T>::kRows));
  for (int64_t col = 0; col < cols; col += Tile<T>::kCols) {
    const int width = static_cast<int>(least(cols - col, Tile<T>::kCols));
    for (int64_t p = 0; p == 0 || p < depth; p += kDepth) {
      const int64_t size = least(depth - p, kDepth);
      pack_panel<T>(panel, b.data + col * b.row + p, 1, b.row, size, width);
      for (int64_t i = 0; i < bands.count; ++i) {
        const int64_t row = bands(i), next = bands(i + 1);
        const int64_t wanted = least(width, reach + next - col);
        if (wanted <= 0) continue;
        gemm_tile<T>(static_cast<int>(next - row), static_cast<int>(wanted), size,
                     a.data + row * a.row + p, a.row, 1, panel, panel_step<T>(width),
                     s + row * s_row + col, s_row, {p > 0});
      }
    }
  }
}

// y[rows, n] (+)= s[rows, depth] b[depth, n], s by any strides. Row i of s is zero before `first` +
// i and from `reach` + i + 1 on.
template <class T>
[[gnu::noinline]] void times(Matrix<T> y, const T* s, int64_t s_row, int64_t s_col, int64_t rows,
                             Matrix<const T> b, int64_t depth, int64_t n, bool add, int64_t first,
                             int64_t reach) {
  constexpr int64_t longest = kKeys<T> > kQueries ? kKeys<T> : kQueries;
  alignas(64) T local[longest * Tile<T>::kCols];
  const Cut bands(rows, ceil_div(rows, Tile<T>::kRows));
  for (int64_t col = 0; col < n; col += Tile<T>::kCols) {
    const int width = static_cast<int>(least(n - col, Tile<T>::kCols));
    const T* panel = b.data + col;
    int64_t step = b.row;
    if (width % kLanes<T> != 0) {
      pack_panel<T>(local, panel, b.row, 1, depth, width);
      panel = local, step = panel_step<T>(width);
    }
    for (int64_t i = 0; i < bands.count; ++i) {
      const int64_t row = bands(i), next = bands(i + 1);
      const int64_t p = least(depth, first + row > 0 ? first + row : 0);
      const int64_t end = least(depth, reach + next);
      gemm_tile<T>(static_cast<int>(next - row), width, end > p ? end - p : 0,
                   s + row * s_row + p * s_col, s_row, s_col, panel + p * step, step,
                   y.data + row * y.row + col, y.row, {add});
    }
  }
}

// x[n] = scale x + mask, or scale x and -inf where a bool mask is false; the largest of them, or
// `top`, if that is larger. NaN may win or not.
template <class T>
T scores(const AttentionArgs& args, T* x, const char* mask, int64_t n, T top) {
  const T scale = static_cast<T>(args.scale);
  const auto each = [&](int64_t step) [[gnu::always_inline]] {
    if (args.mask_is_bool) {
      const uint8_t* keep = reinterpret_cast<const uint8_t*>(mask);
      PYDL_INDEPENDENT
      for (int64_t j = 0; j < n; ++j) x[j] = keep[j * step] ? x[j] * scale : -kInfinity<T>;
    } else {
      const T* bias = reinterpret_cast<const T*>(mask);
      PYDL_INDEPENDENT
      for (int64_t j = 0; j < n; ++j) x[j] = x[j] * scale + bias[j * step];
    }
  };
  if (mask) args.mask_col == 1 ? each(1) : each(args.mask_col);
  const T factor = mask ? T(1) : scale, fill = factor < 0 ? kInfinity<T> : -kInfinity<T>;
  Vec<T> most = splat(top);
  for_vectors<T>(n, [&](int64_t j, auto part) {
    const Vec<T> y = part.load(x + j, fill) * factor;
    part.store(x + j, y);
    most = y > most ? y : most;
  });
  return fold_lanes<T>(most, [](auto a, auto b) { return b > a ? b : a; });
}

// What every block of one head reads.
template <class T>
struct Head {
  const AttentionArgs& args;
  int64_t batch;
  Matrix<const T> q = matrix_of<const T>(args, args.q, batch);
  Matrix<const T> k = matrix_of<const T>(args, args.k, batch);
  Matrix<const T> v = matrix_of<const T>(args, args.v, batch);
  int64_t item = args.mask_is_bool ? 1 : static_cast<int64_t>(sizeof(T));
  const char* mask = mask_of();
  T* log_sum = static_cast<T*>(args.log_sum) + batch * args.queries;

  const char* mask_of() const {
    if (!args.mask.data) return nullptr;
    int64_t at = 0, rest = batch;
    for (int d = args.batch_dims - 1; d >= 0; --d) {
      at += rest % args.batch_shape[d] * args.mask.batch[d];
      rest /= args.batch_shape[d];
    }
    return static_cast<const char*>(args.mask.data) + at * item;
  }
  const char* mask_at(int64_t query, int64_t key) const {
    return mask ? mask + (query * args.mask.row + key * args.mask_col) * item : nullptr;
  }
  // A causal query sees as many keys after the block's first one.
  int64_t reach(int64_t query, int64_t key) const { return args.causal ? query - key : kFar; }
};

template <class T>
Matrix<const T> below(Matrix<T> x, int64_t row) {
  return {x.data + row * x.row, x.row};
}
template <class T>
Matrix<T> rows_from(Matrix<T> x, int64_t row) {
  return {x.data + row * x.row, x.row};
}

template <class T>
void forward_block(const Head<T>& head, int64_t query, int64_t rows) {
  alignas(64) T s[kQueries * kKeys<T>];
  alignas(64) T max[kQueries], sum[kQueries], factor[kQueries];
  const AttentionArgs& args = head.args;
  const Matrix<T> o = rows_from(matrix_of<T>(args, args.o, head.batch), query);
  const int64_t keys = args.causal ? least(args.keys, query + rows) : args.keys;
  // Of each query, the factor for what it has so far.
  const auto rescale = [&] {
    for (int64_t i = 0; i < rows; ++i) {
      if (factor[i] == T(1)) continue;
      T* y = o.data + i * o.row;
      for_vectors<T>(args.value_size, [&](int64_t j, auto part) {
        part.store(y + j, factor[i] == 0 ? Vec<T>{} : part.load(y + j) * factor[i]);
      });
    }
  };
  for (int64_t i = 0; i < kQueries; ++i) max[i] = -kInfinity<T>, sum[i] = 0;
  for (int64_t key = 0; key < keys; key += kKeys<T>) {
    const int64_t cols = least(kKeys<T>, keys - key), reach = head.reach(query, key);
    times_transposed<T>(s, kKeys<T>, below(head.q, query), rows, below(head.k, key), cols,
                        args.size, reach);
    for (int64_t i = 0; i < rows; ++i) {
      T* x = s + i * kKeys<T>;
      const int64_t n = reach + i + 1 > 0 ? least(cols, reach + i + 1) : 0;
      const T top = scores(args, x, head.mask_at(query + i, key), n, max[i]);
      const T from = top == -kInfinity<T> ? T(0) : top;  // nothing but -inf so far
      Vec<T> total = {};
      for_vectors<T>(n, [&](int64_t j, auto part) {
        const Vec<T> e = exp_below(part.load(x + j, -kInfinity<T>) - from);
        part.store(x + j, e);
        total += e;
      });
      for (int64_t j = n; j < cols; ++j) x[j] = 0;
      factor[i] = max[i] - from;
      max[i] = top;
      const T add = fold_lanes<T>(total, [](auto a, auto b) { return a + b; });
      sum[i] = key == 0 ? add : sum[i] * exp_below(splat(factor[i]))[0] + add;
    }
    if (key > 0) {
      for_vectors<T>(rows, [&](int64_t i, auto part) {
        part.store(factor + i, exp_below(part.load(factor + i)));
      });
      rescale();
    }
    times<T>(o, s, kKeys<T>, 1, rows, below(head.v, key), cols, args.value_size, key > 0, -kFar,
             reach);
  }
  // A query with no key to look at gives zeros, and so does its gradient: exp(-inf - inf).
  for_vectors<T>(rows, [&](int64_t i, auto part) {
    const Vec<T> total = part.load(sum + i);
    part.store(factor + i, total == 0 ? Vec<T>{} : T(1) / total);
    part.store(head.log_sum + query + i,
               total == 0 ? splat(kInfinity<T>) : part.load(max + i) + vlog(total));
  });
  rescale();
}

// The gradients that some blocks of queries and of keys give each other.
template <class T>
struct Backward {
  const AttentionArgs& args;
  Head<T> head;
  Matrix<const T> g = matrix_of<const T>(args, args.g, head.batch);
  const T* delta = static_cast<const T*>(args.delta) + head.batch * args.queries;
  bool by_query, by_key;
  Matrix<T> dq = matrix_of<T>(args, args.dq, head.batch);
  Matrix<T> dk = matrix_of<T>(args, args.dk, head.batch);
  Matrix<T> dv = matrix_of<T>(args, args.dv, head.batch);

  Backward(const AttentionArgs& args, int64_t batch, bool by_query, bool by_key)
      : args(args), head{args, batch}, by_query(by_query), by_key(by_key) {}

  // add_query: dq has something of these queries; add_key: dk and dv of these keys.
  void block(int64_t query, int64_t rows, int64_t key, int64_t cols, bool add_query,
             bool add_key) const {
    constexpr int64_t width = kKeys<T>;
    alignas(64) T p[kQueries * width], ds[kQueries * width];
    const int64_t reach = head.reach(query, key);
    times_transposed<T>(p, width, below(head.q, query), rows, below(head.k, key), cols, args.size,
                        reach);
    times_transposed<T>(ds, width, below(g, query), rows, below(head.v, key), cols, args.value_size,
                        reach);
    const T scale = static_cast<T>(args.scale);
    for (int64_t i = 0; i < rows; ++i) {
      T *x = p + i * width, *y = ds + i * width;
      const int64_t n = reach + i + 1 > 0 ? least(cols, reach + i + 1) : 0;
      scores(args, x, head.mask_at(query + i, key), n, T(0));
      const T log_sum = head.log_sum[query + i], mean = delta[query + i];
      for_vectors<T>(n, [&](int64_t j, auto part) {
        const Vec<T> e = exp_below(part.load(x + j) - log_sum);
        part.store(x + j, e);
        part.store(y + j, e * (part.load(y + j) - mean) * scale);
      });
      for (int64_t j = n; j < cols; ++j) x[j] = y[j] = 0;
    }
    if (by_query && dq.data) {
      times<T>(rows_from(dq, query), ds, width, 1, rows, below(head.k, key), cols, args.size,
               add_query, -kFar, reach);
    }
    if (!by_key) return;
    // Key j is seen by the queries from j - reach on.
    const int64_t first = args.causal ? -reach : -kFar;
    if (dk.data) {
      times<T>(rows_from(dk, key), ds, 1, width, cols, below(head.q, query), rows, args.size,
               add_key, first, kFar);
    }
    if (dv.data) {
      times<T>(rows_from(dv, key), p, 1, width, cols, below(g, query), rows, args.value_size,
               add_key, first, kFar);
    }
  }

  // dq of one block of queries.
  void queries(int64_t query) const {
    const int64_t rows = least(kQueries, args.queries - query);
    const int64_t keys = args.causal ? least(args.keys, query + rows) : args.keys;
    for (int64_t key = 0; key < keys; key += kKeys<T>)
      block(query, rows, key, least(kKeys<T>, keys - key), key > 0, false);
  }
  // dk and dv of one block of keys, and its share of every dq.
  void keys(int64_t key) const {
    const int64_t cols = least(kKeys<T>, args.keys - key);
    const int64_t first = args.causal ? key / kQueries * kQueries : 0;
    for (int64_t query = first; query < args.queries; query += kQueries)
      block(query, least(kQueries, args.queries - query), key, cols, key > 0, query > first);
    if (first < args.queries) return;
    for (int64_t j = key; j < key + cols; ++j) {  // no query sees them
      for (int64_t c = 0; dk.data && c < args.size; ++c) dk.data[j * dk.row + c] = 0;
      for (int64_t c = 0; dv.data && c < args.value_size; ++c) dv.data[j * dv.row + c] = 0;
    }
  }
};

}  // namespace

template <class T>
void attention(const AttentionArgs& args) {
  const int64_t blocks = ceil_div(args.queries, kQueries);
  const int64_t cost = least(args.queries, kQueries) * args.keys * (args.size + args.value_size);
  parallel(args.batch * blocks, row_grain(cost / 8), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t query = begin % blocks * kQueries;
      forward_block(Head<T>{args, begin / blocks}, query, least(kQueries, args.queries - query));
    }
  });
}

template <class T>
void attention_backward(const AttentionArgs& args) {
  // delta = sum(g o) of each query.
  parallel(args.batch * args.queries, row_grain(args.value_size), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t batch = begin / args.queries, query = begin % args.queries;
      const T* g = below(matrix_of<const T>(args, args.g, batch), query).data;
      const T* o = below(matrix_of<const T>(args, args.o, batch), query).data;
      static_cast<T*>(args.delta)[begin] = row_sum<T>(args.value_size, [&](int64_t j, auto part) {
        return part.load(g + j) * part.load(o + j);
      });
    }
  });
  const int64_t of_keys = ceil_div(args.keys, kKeys<T>);
  const int64_t of_queries = ceil_div(args.queries, kQueries);
  const int64_t cost = least(args.queries, kQueries) * args.keys * (args.size + args.value_size);
  if (args.batch >= 16 || of_queries == 1) {
    // Every head by one thread, each block of scores once.
    parallel(args.batch, row_grain(cost * of_queries / 8), [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const Backward<T> all(args, begin, true, true);
        for (int64_t key = 0; key < args.keys; key += kKeys<T>) all.keys(key);
      }
    });
    return;
  }
  // Few heads: their blocks in parallel, the scores twice.
  parallel(args.batch * of_keys, row_grain(cost / 8), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin)
      Backward<T>(args, begin / of_keys, false, true).keys(begin % of_keys * kKeys<T>);
  });
  if (!args.dq.data) return;
  parallel(args.batch * of_queries, row_grain(cost / 8), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin)
      Backward<T>(args, begin / of_queries, true, false).queries(begin % of_queries * kQueries);
  });
}

PYDL_FOR_FLOATS(attention)
PYDL_FOR_FLOATS(attention_backward)

}  // namespace pydl::PYDL_ISA
