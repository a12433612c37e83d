// The one driver of pointwise kernels: walks a Loop in stretches of adjacent elements, so that an
// op is written once, for adjacent memory. Operands that do not lie adjacent (any stride, zero and
// negative ones too) are gathered into small buffers block by block, and scattered after.
#pragma once

#include "cpu/kernels.h"
#include "cpu/simd.h"

// The elements of a loop are independent; operand and result may be the same memory.
#if defined(__clang__)
#define PYDL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define PYDL_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace pydl::PYDL_ISA {

// Works on n adjacent elements of every operand, the first of which is the output.
using StretchBody = void (*)(const void* context, int64_t n, void* const* operands);

// data[k], of items of sizes[k] bytes, is operand k of `loop`. cost: elementary operations for one
// element, about; together with the loop alone it decides the chunks that run in parallel.
void walk(const Loop& loop, int operands, void* const* data, const int* sizes, int64_t cost,
          StretchBody body, const void* context);

template <class F>
void walk(const Loop& loop, int64_t cost, const F& f, StretchBody body, void* y, int y_size,
          const void* x, int x_size) {
  void* data[] = {y, const_cast<void*>(x)};
  int sizes[] = {y_size, x_size};
  walk(loop, 2, data, sizes, cost, body, &f);
}
template <class F>
void walk(const Loop& loop, int64_t cost, const F& f, StretchBody body, void* z, int z_size,
          const void* x, const void* y, int size) {
  void* data[] = {z, const_cast<void*>(x), const_cast<void*>(y)};
  int sizes[] = {z_size, size, size};
  walk(loop, 3, data, sizes, cost, body, &f);
}

// Whole vectors, out of line: full stretches and their padded tails share the one copy of f.
template <class T, class F>
[[gnu::noinline]] void vectors(const F& f, int64_t n, T* y, const T* x) {
  for (int64_t i = 0; i < n; i += kLanes<T>) store(y + i, f(load(x + i)));
}
template <class T, class F>
[[gnu::noinline]] void vectors(const F& f, int64_t n, T* z, const T* x, const T* y) {
  for (int64_t i = 0; i < n; i += kLanes<T>) store(z + i, f(load(x + i), load(y + i)));
}

// y = f(x) and z = f(x, y) for an f of vectors.
template <class T, class F>
void map_vectors(const Loop& loop, int64_t cost, void* y, const void* x, const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands) {
    const F& f = *static_cast<const F*>(context);
    T* y = static_cast<T*>(operands[0]);
    const T* x = static_cast<const T*>(operands[1]);
    int tail = static_cast<int>(n % kLanes<T>);
    n -= tail;
    vectors(f, n, y, x);
    if (tail == 0) return;
    Vec<T> last = load_n(x + n, tail);
    T* padded = reinterpret_cast<T*>(&last);
    vectors(f, kLanes<T>, padded, padded);
    store_n(y + n, load(padded), tail);
  };
  walk(loop, cost, f, body, y, sizeof(T), x, sizeof(T));
}
template <class T, class F>
void map_vectors(const Loop& loop, int64_t cost, void* z, const void* x, const void* y,
                 const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands) {
    const F& f = *static_cast<const F*>(context);
    T* z = static_cast<T*>(operands[0]);
    const T *x = static_cast<const T*>(operands[1]), *y = static_cast<const T*>(operands[2]);
    int tail = static_cast<int>(n % kLanes<T>);
    n -= tail;
    vectors(f, n, z, x, y);
    if (tail == 0) return;
    Vec<T> last[2] = {load_n(x + n, tail), load_n(y + n, tail)};
    T *first = reinterpret_cast<T*>(&last[0]), *second = reinterpret_cast<T*>(&last[1]);
    vectors(f, kLanes<T>, first, first, second);
    store_n(z + n, load(first), tail);
  };
  walk(loop, cost, f, body, z, sizeof(T), x, y, sizeof(T));
}

// The same for an f of single elements, which the compiler vectorises where it can.
template <class Y, class X, class F>
void map_elements(const Loop& loop, int64_t cost, void* y, const void* x, const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands) {
    const F& f = *static_cast<const F*>(context);
    Y* y = static_cast<Y*>(operands[0]);
    const X* x = static_cast<const X*>(operands[1]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  };
  walk(loop, cost, f, body, y, sizeof(Y), x, sizeof(X));
}
template <class Z, class X, class F>
void map_elements(const Loop& loop, int64_t cost, void* z, const void* x, const void* y,
                  const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands) {
    const F& f = *static_cast<const F*>(context);
    Z* z = static_cast<Z*>(operands[0]);
    const X *x = static_cast<const X*>(operands[1]), *y = static_cast<const X*>(operands[2]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) z[i] = f(x[i], y[i]);
  };
  walk(loop, cost, f, body, z, sizeof(Z), x, y, sizeof(X));
}

}  // namespace pydl::PYDL_ISA
