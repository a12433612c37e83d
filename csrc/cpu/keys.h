// Numbers as unsigned integers of the same order: what sorting and selecting digit by digit need.
#pragma once

#include <cstdint>

namespace pydl::PYDL_ISA {

template <int kBytes>
struct KeyOfSize;
template <>
struct KeyOfSize<1> {
  typedef uint8_t type;
};
template <>
struct KeyOfSize<2> {
  typedef uint16_t type;
};
template <>
struct KeyOfSize<4> {
  typedef uint32_t type;
};
template <>
struct KeyOfSize<8> {
  typedef uint64_t type;
};
template <class T>
using Key = typename KeyOfSize<sizeof(T)>::type;

// Keys have the order of what they stand for: equal ones are equal, NaN is above all others.
template <class T>
inline Key<T> key_of(T x) {
  constexpr Key<T> kTop = static_cast<Key<T>>(Key<T>(1) << (8 * sizeof(T) - 1));
  if constexpr (T(0.5) != T(0)) {
    x += T(0);  // no negative zero
    Key<T> bits;
    __builtin_memcpy(&bits, &x, sizeof x);
    Key<T> key = bits & kTop ? ~bits : bits | kTop;
    return x != x ? ~Key<T>(0) : key;
  } else {
    return static_cast<Key<T>>(static_cast<Key<T>>(x) ^ (T(-1) < T(0) ? kTop : Key<T>(0)));
  }
}

}  // namespace pydl::PYDL_ISA
