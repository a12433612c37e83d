#include "cpu/walk.h"

namespace pydl::PYDL_ISA {

template <class T>
void compare(CompareOp op, const Loop& loop, bool* z, const void* x, const void* y) {
  constexpr Half kHalf = kHalfOf<T>;
  auto map = [&](auto f) {
    if constexpr (kHalf != Half::kNone) {
      map_elements<bool, float>(loop, 1, z, x, y, f, kHalf);
    } else {
      map_elements<bool, T>(loop, 1, z, x, y, f);
    }
  };
  switch (op) {
    case CompareOp::kEq:
      return map([](auto x, auto y) { return x == y; });
    case CompareOp::kNe:
      return map([](auto x, auto y) { return x != y; });
    case CompareOp::kLt:
      return map([](auto x, auto y) { return x < y; });
    case CompareOp::kLe:
      return map([](auto x, auto y) { return x <= y; });
    case CompareOp::kGt:
      return map([](auto x, auto y) { return x > y; });
    case CompareOp::kGe:
      return map([](auto x, auto y) { return x >= y; });
  }
}

PYDL_FOR_CASTS(compare)

}  // namespace pydl::PYDL_ISA
