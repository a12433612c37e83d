// The processor's memory: blocks that are kept when freed, since the first touch of a fresh page
// costs more than the work on it. See allocator.cpp for how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>

namespace pydl {

// The message names the request, what is in use, what is cached, and the limit it met.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// 64-byte aligned, from 2 MB on aligned to 2 MB; contents undefined. Never null, also for 0 bytes.
// Throws OutOfMemory.
void* cpu_allocate(size_t bytes);
// bytes as it was asked for. Null is fine.
void cpu_free(void* data, size_t bytes) noexcept;

// Gives every cached block back to the system.
void empty_cache() noexcept;

struct MemoryStats {
  int64_t in_use, cached, peak;  // bytes, rounded up to size classes; peak is that of in_use
  uint64_t system_calls;         // blocks asked of the system so far
};
MemoryStats memory_stats() noexcept;
void reset_peak_memory() noexcept;  // peak starts again from what is in use

}  // namespace pydl
