// A block of memory that arrays share: reference count, version, and who gives the memory back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/device.h"

namespace pydl {

class Storage {
 public:
  // Memory of the device's own allocator.
  static Storage* allocate(Device device, size_t bytes);
  // Somebody else's memory (a numpy array, a DLPack capsule); release(context) is called at the
  // end.
  static Storage* borrow(Device device, void* data, size_t bytes, void (*release)(void*),
                         void* context);

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  int references() const noexcept { return references_.load(std::memory_order_relaxed); }

  void* const data;
  const size_t bytes;
  const Device device;
  std::atomic<uint32_t> version{0};  // counts in-place writes

 private:
  Storage(Device device, void* data, size_t bytes, void (*release)(void*), void* context)
      : data(data), bytes(bytes), device(device), release_(release), context_(context) {}
  void destroy() noexcept;

  std::atomic<int> references_{1};
  void (*const release_)(void*);  // null: the device's allocator
  void* const context_;
};

}  // namespace pydl
