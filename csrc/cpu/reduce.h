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
  static constexpr int kGroup = 4 * kLanes<T>;
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
  constexpr int L = kLanes<T>;
  Vec<T> a0 = load(acc), a1 = load(acc + L), a2 = load(acc + 2 * L), a3 = load(acc + 3 * L);
  Vec<T> s0 = load(shift), s1 = load(shift + L), s2 = load(shift + 2 * L);
  Vec<T> s3 = load(shift + 3 * L);
  for (int64_t i = 0; i < count; ++i, x += step) {
    a0 = f(a0, load(x), s0);
    a1 = f(a1, load(x + L), s1);
    a2 = f(a2, load(x + 2 * L), s2);
    a3 = f(a3, load(x + 3 * L), s3);
  }
  store(acc, a0), store(acc + L, a1), store(acc + 2 * L, a2), store(acc + 3 * L, a3);
}

}  // namespace pydl::PYDL_ISA
