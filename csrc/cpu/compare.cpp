#include "cpu/walk.h"

namespace pydl::PYDL_ISA {

template <class T>
void compare(CompareOp op, const Loop& loop, bool* z, const void* x, const void* y) {
  auto map = [&](auto f) { map_elements<bool, T>(loop, 1, z, x, y, f); };
  switch (op) {
    case CompareOp::kEq:
      return map([](T x, T y) { return x == y; });
    case CompareOp::kNe:
      return map([](T x, T y) { return x != y; });
    case CompareOp::kLt:
      return map([](T x, T y) { return x < y; });
    case CompareOp::kLe:
      return map([](T x, T y) { return x <= y; });
    case CompareOp::kGt:
      return map([](T x, T y) { return x > y; });
    case CompareOp::kGe:
      return map([](T x, T y) { return x >= y; });
  }
}

PYDL_FOR_ALL(compare)

}  // namespace pydl::PYDL_ISA
