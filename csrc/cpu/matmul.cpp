// The kernels matmul and matmul_scratch: which way a product goes. Floats: gemm.h, and products of
// a matrix with a vector here; integers: a plain loop, modulo 2^bits.
#include "cpu/activation.h"
#include "cpu/gemm.h"
#include "cpu/gemm_tile.h"
#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {
namespace {

template <class T, class F>
void map_rows(int rows, int cols, T* c, int64_t c_row, F f) {
  for (int i = 0; i < rows; ++i, c += c_row) {
    int j = 0;
    for (; j + kLanes<T> <= cols; j += kLanes<T>) store(c + j, f(load(c + j)));
    if (j < cols) store_n(c + j, f(load_n(c + j, cols - j)), cols - j);
  }
}

}  // namespace

template <class T>
void activate_tile(Activation activation, int rows, int cols, T* c, int64_t c_row) {
  const auto map = [&](auto f) { map_rows(rows, cols, c, c_row, f); };
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return map([](Vec<T> x) { return select<T>(x < Vec<T>{}, Vec<T>{}, x); });
    case Activation::kGelu:
      return map([](Vec<T> x) { return gelu(x); });
    case Activation::kGeluTanh:
      return map([](Vec<T> x) { return gelu_tanh(x); });
    case Activation::kSigmoid:
      return map([](Vec<T> x) { return vsigmoid(x); });
    case Activation::kTanh:
      return map([](Vec<T> x) { return vtanh(x); });
    case Activation::kSilu:
      return map([](Vec<T> x) { return x * vsigmoid(x); });
  }
}
template void activate_tile<float>(Activation, int, int, float*, int64_t);
template void activate_tile<double>(Activation, int, int, double*, int64_t);

namespace {

// y[i * y_step] = sum of a[i * a_row + p] * x[p] for R rows, each in the same order for any R.
template <class T, int R>
void dot_rows(int64_t k, const T* a, int64_t a_row, const T* x, T (&y)[R]) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sum[R][2] = {};
  int64_t p = 0;
  for (; p + 2 * lanes <= k; p += 2 * lanes) {
    const Vec<T> x0 = load(x + p), x1 = load(x + p + lanes);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      sum[r][0] += load(a + r * a_row + p) * x0;
      sum[r][1] += load(a + r * a_row + p + lanes) * x1;
    }
  }
  for (; p < k; p += lanes) {
    const int n = k - p < lanes ? static_cast<int>(k - p) : lanes;
    const Vec<T> x0 = load_n(x + p, n);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sum[r][0] += load_n(a + r * a_row + p, n) * x0;
  }
  for (int r = 0; r < R; ++r) {
    T lane[lanes];
    store(lane, sum[r][0] + sum[r][1]);
    for (int half = lanes / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    }
    y[r] = lane[0];
  }
}

// The product of a matrix whose rows are k adjacent elements each with a vector of k adjacent ones:
// n is 1, or m is 1 and B lies transposed.
template <class T>
struct RowsTimesVector {
  static constexpr int64_t kPiece = 16384, kMostPieces = 64;
  const MatmulArgs& args;
  const bool b_is_matrix = args.n != 1;
  const int64_t rows = b_is_matrix ? args.n : args.m;
  const int64_t row = b_is_matrix ? args.b_col : args.a_row;
  const int64_t c_step = b_is_matrix ? 1 : args.c_row;

  static bool fits(const MatmulArgs& args) {
    const bool adjacent = (args.a_col == 1 || args.k == 1) && (args.b_row == 1 || args.k == 1);
    return adjacent && (args.m == 1 || args.n == 1);
  }

  template <int R>
  void some(int64_t i, int64_t first) const {
    const T* a = static_cast<const T*>(args.a) + i * args.a_batch;
    const T* b = static_cast<const T*>(args.b) + i * args.b_batch;
    T y[R];
    dot_rows<T, R>(args.k, (b_is_matrix ? b : a) + first * row, row, b_is_matrix ? a : b, y);
    put(i, first, y);
  }
  template <int R>
  void put(int64_t i, int64_t first, T (&y)[R]) const {
    T* c = static_cast<T*>(args.c) + i * args.c_batch + first * c_step;
    const T* bias = static_cast<const T*>(args.bias);
    for (int r = 0; r < R; ++r) {
      if (args.accumulate) y[r] += c[r * c_step];
      if (bias) y[r] += bias[b_is_matrix ? first + r : 0];
    }
    activate_tile(args.activation, 1, R, y, R);
    for (int r = 0; r < R; ++r) c[r * c_step] = y[r];
  }

  // One long row, in pieces that are then added up.
  void run_long() const {
    const Cut pieces(args.k, least(kMostPieces, args.k / kPiece));
    T sums[kMostPieces], total[1] = {};
    parallel(pieces.count, 1, [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const int64_t p = pieces(begin);
        T y[1];
        dot_rows<T, 1>(pieces(begin + 1) - p, static_cast<const T*>(args.a) + p, 0,
                       static_cast<const T*>(args.b) + p, y);
        sums[begin] = y[0];
      }
    });
    for (int64_t i = 0; i < pieces.count; ++i) total[0] += sums[i];
    put(0, 0, total);
  }

  void run() const {
    if (args.batch * rows == 1 && args.k >= 2 * kPiece) return run_long();
    constexpr int group = 4;
    const int64_t groups = (rows + group - 1) / group;
    parallel(args.batch * groups, row_grain(group * args.k / 2), [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin) {
        const int64_t i = begin / groups, first = begin % groups * group;
        if (first + group <= rows) {
          some<group>(i, first);
        } else {
          for (int64_t r = first; r < rows; ++r) some<1>(i, r);
        }
      }
    });
  }
};

// The product of a vector with a matrix whose columns are adjacent: sums of its rows, which are
// read in one go, eight at a time. Some rows make a part of the sums, in scratch; then the parts
// are added up.
template <class T>
struct VectorTimesRows {
  static constexpr int64_t kWidth = 2048, kRows = 8;
  const MatmulArgs& args;
  const bool b_is_matrix = args.m == 1;
  const int64_t n = b_is_matrix ? args.n : args.m;
  const int64_t row = b_is_matrix ? args.b_row : args.a_col;
  const int64_t step = b_is_matrix ? args.a_col : args.b_row;  // of the vector
  const Cut cols = Cut(n, ceil_div(n, kWidth));
  const Cut parts = Cut(args.k, parts_of_k());

  static bool fits(const MatmulArgs& args) {
    const bool straight = args.m == 1 && args.b_col == 1;
    const bool across = args.n == 1 && args.a_row == 1 && args.c_row == 1;
    return (straight || across) && args.k * args.m * args.n >= 1 << 14;
  }
  int64_t parts_of_k() const {
    const int64_t most = args.k * (n / cols.count) >> 14, least_parts = ceil_div(args.k, kPart);
    const int64_t wanted = least(ceil_div(kBlocks, args.batch * cols.count), most);
    return wanted > least_parts ? wanted : least_parts;
  }
  size_t scratch_bytes() const {
    return static_cast<size_t>(args.batch * parts.count * n) * sizeof(T);
  }
  T* part(int64_t i, int64_t q) const {
    return static_cast<T*>(args.scratch) + (i * parts.count + q) * n;
  }

  template <int64_t R>
  static void add_rows(T* sums, int64_t width, const T* m, int64_t row, const T* x, int64_t step) {
    Vec<T> factor[R];
    for (int64_t r = 0; r < R; ++r) factor[r] = splat(x[r * step]);
    const auto add = [&](int64_t j, Vec<T> y, auto read) [[gnu::always_inline]] {
#pragma GCC unroll 8
      for (int64_t r = 0; r < R; ++r) y += factor[r] * read(m + r * row + j);
      return y;
    };
    int64_t j = 0;
    for (; j + kLanes<T> <= width; j += kLanes<T>)
      store(sums + j, add(j, load(sums + j), [](const T* p) { return load(p); }));
    if (j == width) return;
    const int tail = static_cast<int>(width - j);
    store_n(sums + j, add(j, load_n(sums + j, tail), [&](const T* p) { return load_n(p, tail); }),
            tail);
  }
  void block(int64_t i, int64_t q, int64_t col_block) const {
    const int64_t col = cols(col_block), width = cols(col_block + 1) - col;
    const int64_t a = i * args.a_batch, b = i * args.b_batch;
    const T* x = static_cast<const T*>(b_is_matrix ? args.a : args.b) + (b_is_matrix ? a : b);
    const T* m = static_cast<const T*>(b_is_matrix ? args.b : args.a) + (b_is_matrix ? b : a) + col;
    T* sums = part(i, q) + col;
    for (int64_t j = 0; j < width; ++j) sums[j] = T(0);
    int64_t p = parts(q);
    for (; p + kRows <= parts(q + 1); p += kRows)
      add_rows<kRows>(sums, width, m + p * row, row, x + p * step, step);
    for (; p < parts(q + 1); ++p) add_rows<1>(sums, width, m + p * row, row, x + p * step, step);
  }
  void finish(int64_t i, int64_t begin, int64_t end) const {
    T* c = static_cast<T*>(args.c) + i * args.c_batch;
    const T* bias = static_cast<const T*>(args.bias);
    for (int64_t j = begin; j < end; j += kLanes<T>) {
      const int some = static_cast<int>(least(end - j, kLanes<T>));
      Vec<T> y = load_n(part(i, 0) + j, some);
      for (int64_t q = 1; q < parts.count; ++q) y += load_n(part(i, q) + j, some);
      if (args.accumulate) y += load_n(c + j, some);
      if (bias) y += b_is_matrix ? load_n(bias + j, some) : splat(bias[0]);
      store_n(c + j, y, some);
    }
    activate_tile(args.activation, 1, static_cast<int>(end - begin), c + begin, n);
  }

  void run() const {
    const int64_t blocks = cols.count * parts.count;
    parallel(args.batch * blocks, row_grain(args.k * n / blocks), [&](int64_t begin, int64_t end) {
      for (; begin < end; ++begin)
        block(begin / blocks, begin % blocks / cols.count, begin % cols.count);
    });
    parallel(args.batch * cols.count, row_grain(n / cols.count * parts.count / kLanes<T>),
             [&](int64_t begin, int64_t end) {
               for (; begin < end; ++begin) {
                 const int64_t j = begin % cols.count;
                 finish(begin / cols.count, cols(j), cols(j + 1));
               }
             });
  }
};

// For integers, in unsigned words: overflow wraps.
template <class T>
void matmul_integer(const MatmulArgs& args) {
  typedef decltype(sizeof(T) == 8 ? uint64_t() : uint32_t()) Word;
  const T* bias = static_cast<const T*>(args.bias);
  parallel(args.batch * args.m, row_grain(args.n * args.k), [&](int64_t begin, int64_t end) {
    for (; begin < end; ++begin) {
      const int64_t i = begin / args.m, row = begin % args.m;
      const T* a = static_cast<const T*>(args.a) + i * args.a_batch + row * args.a_row;
      const T* b = static_cast<const T*>(args.b) + i * args.b_batch;
      T* c = static_cast<T*>(args.c) + i * args.c_batch + row * args.c_row;
      for (int64_t j = 0; j < args.n; ++j) {
        const Word old = args.accumulate ? static_cast<Word>(c[j]) : 0;
        c[j] = static_cast<T>(old + (bias ? static_cast<Word>(bias[j]) : 0));
      }
      for (int64_t p = 0; p < args.k; ++p) {
        const Word x = static_cast<Word>(a[p * args.a_col]);
        const T* y = b + p * args.b_row;
        for (int64_t j = 0; j < args.n; ++j) {
          c[j] = static_cast<T>(static_cast<Word>(c[j]) + x * static_cast<Word>(y[j * args.b_col]));
        }
      }
      if (args.activation == Activation::kRelu) {
        for (int64_t j = 0; j < args.n; ++j) c[j] = c[j] < 0 ? T(0) : c[j];
      }
    }
  });
}

template <class T>
inline constexpr bool kIsFloat = T(0.5) != T(0);

}  // namespace

template <class T>
void matmul_scratch(const MatmulArgs& args, size_t* bytes) {
  *bytes = 0;
  if (args.batch < 1 || args.m < 1 || args.n < 1) return;
  if constexpr (kIsFloat<T>) {
    if (RowsTimesVector<T>::fits(args) || is_small<T>(args)) return;
    *bytes = VectorTimesRows<T>::fits(args) ? VectorTimesRows<T>{args}.scratch_bytes()
                                            : Product<T>(args).scratch_bytes();
  }
}

template <class T>
void matmul(const MatmulArgs& args) {
  if (args.batch < 1 || args.m < 1 || args.n < 1) return;
  if constexpr (kIsFloat<T>) {
    if (RowsTimesVector<T>::fits(args))
      RowsTimesVector<T>{args}.run();
    else if (is_small<T>(args))
      small_product<T>(args);
    else if (VectorTimesRows<T>::fits(args))
      VectorTimesRows<T>{args}.run();
    else
      Product<T>(args).run();
  } else {
    matmul_integer<T>(args);
  }
}

PYDL_FOR_NUMBERS(matmul)
PYDL_FOR_NUMBERS(matmul_scratch)

}  // namespace pydl::PYDL_ISA
