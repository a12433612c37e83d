// The kernels matmul and matmul_scratch: which way a product goes. Floats: gemm.h, and products of
// a matrix whose rows are adjacent in memory with a vector here; integers: a plain loop, modulo
// 2^bits.
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
    T* c = static_cast<T*>(args.c) + i * args.c_batch + first * c_step;
    const T* bias = static_cast<const T*>(args.bias);
    for (int r = 0; r < R; ++r) {
      if (args.accumulate) y[r] += c[r * c_step];
      if (bias) y[r] += bias[b_is_matrix ? first + r : 0];
    }
    activate_tile(args.activation, 1, R, y, R);
    for (int r = 0; r < R; ++r) c[r * c_step] = y[r];
  }

  void run() const {
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
    if (!RowsTimesVector<T>::fits(args) && !is_small<T>(args))
      *bytes = Product<T>(args).scratch_bytes();
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
    else
      Product<T>(args).run();
  } else {
    matmul_integer<T>(args);
  }
}

PYDL_FOR_NUMBERS(matmul)
PYDL_FOR_NUMBERS(matmul_scratch)

}  // namespace pydl::PYDL_ISA
