// Kernels that run long let other Python threads run meanwhile. The bindings say how; plain C++
// programs leave the hooks empty.
#pragma once

#include <cstdint>

namespace pydl {

struct GilHooks {
  void* (*release)() = nullptr;
  void (*acquire)(void* state) = nullptr;
};
inline GilHooks gil_hooks;

class ReleaseGil {
 public:
  // operations: elementary ones; below some 10 us of work the lock is kept.
  explicit ReleaseGil(int64_t operations)
      : state_(operations > kLong && gil_hooks.release ? gil_hooks.release() : nullptr) {}
  ~ReleaseGil() {
    if (state_) gil_hooks.acquire(state_);
  }
  ReleaseGil(const ReleaseGil&) = delete;
  ReleaseGil& operator=(const ReleaseGil&) = delete;

 private:
  static constexpr int64_t kLong = 50000;
  void* state_;
};

}  // namespace pydl
