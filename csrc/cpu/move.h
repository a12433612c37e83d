// Copying adjacent memory. The C library's memcpy turns to the processor's own copying instruction
// for what is long, which on some machines is several times slower than vectors where the caches
// hold both sides.
#pragma once

#include "cpu/simd.h"

namespace pydl::PYDL_ISA {

template <class W>
inline void move_ends(char* y, const char* x, int64_t bytes) {
  W first, last;
  __builtin_memcpy(&first, x, sizeof(W));
  __builtin_memcpy(&last, x + bytes - sizeof(W), sizeof(W));
  __builtin_memcpy(y, &first, sizeof(W));
  __builtin_memcpy(y + bytes - sizeof(W), &last, sizeof(W));
}

// n times the same.
template <class T>
inline void fill(T* y, T value, int64_t n) {
  constexpr int64_t L = kLanes<T>;
  const Vec<T> all = splat(value);
  int64_t i = 0;
  for (; i + L <= n; i += L) store(y + i, all);
  if (n >= L) return store(y + n - L, all);
  for (; i < n; ++i) y[i] = value;
}

// The two do not overlap.
inline void move(void* to, const void* from, int64_t bytes) {
  char* y = static_cast<char*>(to);
  const char* x = static_cast<const char*>(from);
  constexpr int64_t kWide = kVectorBytes;
  if (bytes >= kWide) {
    // The last vector may overlap the one before.
    const Vec<char> last = load(x + bytes - kWide);
    int64_t i = 0;
    if (bytes >= 8 * kWide) {
      // Stores that cross no cache line.
      store(y, load(x));
      i = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(y) & (kWide - 1));
    }
    for (; i + 4 * kWide <= bytes; i += 4 * kWide) {
      const Vec<char> a = load(x + i), b = load(x + i + kWide);
      const Vec<char> c = load(x + i + 2 * kWide), d = load(x + i + 3 * kWide);
      store(y + i, a);
      store(y + i + kWide, b);
      store(y + i + 2 * kWide, c);
      store(y + i + 3 * kWide, d);
    }
    for (; i + kWide <= bytes; i += kWide) store(y + i, load(x + i));
    store(y + bytes - kWide, last);
    return;
  }
  while (bytes >= 16) {
    // At most three times: a constant size becomes one vector.
    __builtin_memcpy(y, x, 16);
    y += 16, x += 16, bytes -= 16;
  }
  if (bytes >= 8) return move_ends<uint64_t>(y, x, bytes);
  if (bytes >= 4) return move_ends<uint32_t>(y, x, bytes);
  if (bytes >= 2) return move_ends<uint16_t>(y, x, bytes);
  if (bytes == 1) *y = *x;
}

}  // namespace pydl::PYDL_ISA
