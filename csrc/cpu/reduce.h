// What reduce.cpp's walk over strided memory needs to know of an operation; moments.cpp brings two.
//
// Elements are taken in groups of kGroup<T>, one accumulator each: neighbouring elements of one
// output, or one element each of neighbouring outputs. After kDepth groups the accumulators are
// put away in double (or int64), so that float sums lose little: see docs/numerics.md.
#pragma once

#include "cpu/kernels.h"
#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

template <class T>
inline constexpr bool kFloating = T(0.5) != T(0);

// What an accumulator is, and what it is put away in.
template <class T, bool = kFloating<T>>
struct ReduceTypes {
  using Acc = T;
  using Part = double;
  static constexpr int kGroup = 256 / static_cast<int>(sizeof(T)) / (kVectorBytes == 16 ? 2 : 1);
};
template <class T>
struct ReduceTypes<T, false> {
  using Acc = int64_t;
  using Part = int64_t;
  static constexpr int kGroup = 32;
};
template <class T>
using Acc = typename ReduceTypes<T>::Acc;
template <class T>
using Part = typename ReduceTypes<T>::Part;
template <class T>
inline constexpr int kGroup = ReduceTypes<T>::kGroup;

inline constexpr int64_t kDepth = 64;

// So long may a row be that four vectors of accumulators, added up, have at most kDepth roundings.
template <class T>
inline constexpr int64_t kShortRow =
    (kDepth - 2) * 4 * (kVectorBytes / static_cast<int>(sizeof(T)));

enum class Join { kAdd, kMultiply, kMax, kMin };
enum class Store { kElement, kInt64, kMean };  // as T, as int64_t, divided by the count

template <class T>
struct Reduction {
  // Folds `count` groups, `step` elements apart, into acc[kGroup].
  void (*take)(Acc<T>* acc, const T* x, int64_t count, int64_t step, const T* shift);
  Acc<T> neutral;  // changes nothing, as an element and as an accumulator
  Join join;
  Store store;
  bool shifted;  // reduces x - shift, so that there an element equal to shift is neutral
  // The reduction of rows of n adjacent elements, 1 to kShortRow, to one output each; null: by
  // `take`.
  void (*rows)(const Reduction<T>& op, void* y, int64_t y_step, const T* x, int64_t x_step,
               int64_t rows, int64_t n) = nullptr;
};

// y[kept] = the reduction of x. shift (what `take` gets, one for each accumulator) has y's strides
// and may be y; null: none.
template <class T>
void reduce_space(const Reduction<T>& op, const Loop& kept, const Loop& reduced, void* y,
                  const T* x, const T* shift);

// A `take` for floats from f(acc, x, shift), three vectors.
template <class T, class F>
inline void take_vectors(Acc<T>* acc, const T* x, int64_t count, int64_t step, const T* shift,
                         F f) {
  constexpr int L = kLanes<T>, kVectors = kGroup<T> / L;
  Vec<T> a[kVectors], s[kVectors];
  for (int k = 0; k < kVectors; ++k) a[k] = load(acc + k * L), s[k] = load(shift + k * L);
  for (int64_t i = 0; i < count; ++i, x += step) {
    for (int k = 0; k < kVectors; ++k) a[k] = f(a[k], load(x + k * L), s[k]);
  }
  for (int k = 0; k < kVectors; ++k) store(acc + k * L, a[k]);
}

}  // namespace pydl::PYDL_ISA
