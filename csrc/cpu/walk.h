// The one driver of pointwise kernels: walks a Loop in stretches of adjacent elements, so that an
// op is written once, for adjacent memory. Operands that do not lie adjacent (any stride, zero and
// negative ones too) are gathered into small buffers block by block, and scattered after.
#pragma once

#include "cpu/half.h"
#include "cpu/simd.h"

// The elements of a loop are independent; operand and result may be the same memory.
#if defined(__clang__)
#define PYDL_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define PYDL_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace pydl::PYDL_ISA {

// Works on n adjacent elements of every operand, the first of which is the output. Bit k of
// `constants`: operand k is one value, the same for all n.
using StretchBody = void (*)(const void* context, int64_t n, void* const* operands,
                             uint32_t constants);

// data[k], of items of sizes[k] bytes, is operand k of `loop`. cost: elementary operations for one
// element, about; together with the loop alone it decides the chunks that run in parallel.
// takes_constants: the body looks at its `constants`, which are 0 otherwise. half: operands of 2
// bytes are of that type, and the body has floats in their place.
void walk(const Loop& loop, int operands, void* const* data, const int* sizes, int64_t cost,
          StretchBody body, const void* context, bool takes_constants = false,
          Half half = Half::kNone);

template <class F>
void walk(const Loop& loop, int64_t cost, const F& f, StretchBody body, void* y, int y_size,
          const void* x, int x_size, Half half = Half::kNone) {
  void* data[] = {y, const_cast<void*>(x)};
  int sizes[] = {y_size, x_size};
  walk(loop, 2, data, sizes, cost, body, &f, false, half);
}
template <class F>
void walk(const Loop& loop, int64_t cost, const F& f, StretchBody body, void* z, int z_size,
          const void* x, const void* y, int size, bool takes_constants = false,
          Half half = Half::kNone) {
  void* data[] = {z, const_cast<void*>(x), const_cast<void*>(y)};
  int sizes[] = {z_size, size, size};
  walk(loop, 3, data, sizes, cost, body, &f, takes_constants, half);
}

// Calls run(i) for whole vectors that make up n >= kLanes elements: from the second vector on they
// start where a cache line of y does, and the last ends with the stretch, so the first two and the
// last two may share elements.
template <class T, class F>
inline void for_whole_vectors(const T* y, int64_t n, F run) {
  const int64_t last = n - kLanes<T>;
  const int64_t head = static_cast<int64_t>(
      (-reinterpret_cast<uintptr_t>(y) % static_cast<uintptr_t>(kVectorBytes)) / sizeof(T));
  int64_t i = 0, stop = head != 0 ? 1 : last + 1, next = head != 0 && head < last ? head : last;
  for (;;) {
    do {
      run(i);
      i += kLanes<T>;
    } while (i < stop);
    if (i >= n) return;
    i = next;
    next = last;
    stop = last + 1;
  }
}
// Out of line: there is one copy of f. That is copied once more, for the memory it lies in could be
// what is written to, and would be read again for each vector.
template <class T, class F>
[[gnu::noinline]] void vectors(const F& f, int64_t n, T* y, const T* x) {
  const F g = f;
  for_whole_vectors(y, n, [=](int64_t i) { store(y + i, g(load(x + i))); });
}
// x_moves, y_moves: all bits set, or none for a constant.
template <class T, class F>
[[gnu::noinline]] void vectors(const F& f, int64_t n, T* z, const T* x, int64_t x_moves, const T* y,
                               int64_t y_moves) {
  const F g = f;
  for_whole_vectors(
      z, n, [=](int64_t i) { store(z + i, g(load(x + (i & x_moves)), load(y + (i & y_moves)))); });
}

// Calls run(count, whole) for the parts of a stretch of n elements, first to last; those that are
// not whole vectors lie padded in a buffer. In place no element may be computed twice.
template <class T, class F>
void for_parts(const T* y, int64_t n, bool in_place, F run) {
  constexpr int64_t kWidth = kLanes<T>;
  if (n < kWidth || !in_place) return run(n, n >= kWidth);
  const int64_t head = static_cast<int64_t>(
      (-reinterpret_cast<uintptr_t>(y) % static_cast<uintptr_t>(kVectorBytes)) / sizeof(T));
  if (head != 0) run(head, false);
  n -= head;
  if (n >= kWidth) run(n / kWidth * kWidth, true);
  if (n % kWidth != 0) run(n % kWidth, false);
}

// y = f(x) and z = f(x, y) for an f of vectors; of float ones where the arrays are of half type.
template <class T, class F>
void map_vectors(const Loop& loop, int64_t cost, void* y, const void* x, const F& f,
                 Half half = Half::kNone) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands, uint32_t) {
    const F& f = *static_cast<const F*>(context);
    T* y = static_cast<T*>(operands[0]);
    const T* x = static_cast<const T*>(operands[1]);
    for_parts(y, n, y == x, [&](int64_t count, bool whole) {
      if (whole) {
        vectors(f, count, y, x);
      } else {
        Vec<T> part = load_n(x, static_cast<int>(count));
        T* padded = reinterpret_cast<T*>(&part);
        vectors(f, kLanes<T>, padded, padded);
        store_n(y, load(padded), static_cast<int>(count));
      }
      y += count, x += count;
    });
  };
  const int size = half == Half::kNone ? sizeof(T) : 2;
  walk(loop, cost, f, body, y, size, x, size, half);
}
template <class T, class F>
void map_vectors(const Loop& loop, int64_t cost, void* z, const void* x, const void* y, const F& f,
                 Half half = Half::kNone) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands, uint32_t constants) {
    const F& f = *static_cast<const F*>(context);
    T* z = static_cast<T*>(operands[0]);
    const T *x = static_cast<const T*>(operands[1]), *y = static_cast<const T*>(operands[2]);
    Vec<T> parts[3];  // of x, y, z; a constant fills its own
    T *x_part = reinterpret_cast<T*>(&parts[0]), *y_part = reinterpret_cast<T*>(&parts[1]);
    T* z_part = reinterpret_cast<T*>(&parts[2]);
    if (constants & 2) parts[0] = splat(*x), x = x_part;
    if (constants & 4) parts[1] = splat(*y), y = y_part;
    const int64_t x_step = constants & 2 ? 0 : 1, y_step = constants & 4 ? 0 : 1;
    for_parts(z, n, z == x || z == y, [&](int64_t count, bool whole) {
      if (whole) {
        vectors(f, count, z, x, -x_step, y, -y_step);
      } else {
        if (x_step != 0) parts[0] = load_n(x, static_cast<int>(count));
        if (y_step != 0) parts[1] = load_n(y, static_cast<int>(count));
        vectors(f, kLanes<T>, z_part, x_part, 0, y_part, 0);
        store_n(z, load(z_part), static_cast<int>(count));
      }
      z += count, x += count * x_step, y += count * y_step;
    });
  };
  const int size = half == Half::kNone ? sizeof(T) : 2;
  walk(loop, cost, f, body, z, size, x, y, size, true, half);
}

// The same for an f of single elements, which the compiler vectorises where it can.
template <class Y, class X, class F>
void map_elements(const Loop& loop, int64_t cost, void* y, const void* x, const F& f) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands, uint32_t) {
    const F& f = *static_cast<const F*>(context);
    Y* y = static_cast<Y*>(operands[0]);
    const X* x = static_cast<const X*>(operands[1]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  };
  walk(loop, cost, f, body, y, sizeof(Y), x, sizeof(X));
}
template <class Z, class X, class F>
void map_elements(const Loop& loop, int64_t cost, void* z, const void* x, const void* y, const F& f,
                  Half half = Half::kNone) {
  StretchBody body = [](const void* context, int64_t n, void* const* operands, uint32_t) {
    const F& f = *static_cast<const F*>(context);
    Z* z = static_cast<Z*>(operands[0]);
    const X *x = static_cast<const X*>(operands[1]), *y = static_cast<const X*>(operands[2]);
    PYDL_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) z[i] = f(x[i], y[i]);
  };
  const int size = half == Half::kNone ? sizeof(X) : 2;
  walk(loop, cost, f, body, z, sizeof(Z), x, y, size, false, half);
}

}  // namespace pydl::PYDL_ISA
