// One error style: the op, what it expected, what came. The bindings turn each kind into a Python
// exception that derives from the built-in one and from RuntimeError.
#pragma once

#include <cstdint>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "core/dtype.h"

namespace pydl {

enum class ErrorKind { kShape, kDType, kIndex, kValue, kDevice, kState };

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind(kind) {}
  const ErrorKind kind;
};

using Extents = std::span<const int64_t>;

std::string to_string(Extents extents);  // (2, 3), (4,), ()

namespace detail {
template <class T>
void put(std::ostringstream& out, const T& x) {
  if constexpr (std::is_same_v<T, DType>) {
    out << dtype_name(x);
  } else if constexpr (std::is_convertible_v<T, Extents>) {
    out << to_string(x);
  } else {
    out << x;
  }
}
}  // namespace detail

// Throws; the parts are written one after the other, shapes as tuples and dtypes by name.
template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  std::ostringstream out;
  (detail::put(out, parts), ...);
  throw Error(kind, out.str());
}

template <class... Parts>
inline void check(bool condition, ErrorKind kind, const Parts&... parts) {
  if (!condition) [[unlikely]] {
    fail(kind, parts...);
  }
}

}  // namespace pydl
