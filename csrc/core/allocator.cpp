// Eight size classes to every doubling, so a block is at most an eighth larger than asked, and for
// each a list of free blocks threaded through the blocks themselves. cpu_free is told the size, so
// blocks carry no header. A spinlock guards the lists; the system is only called outside of it.
//
// What is cached is bounded by the larger of 256 MB and the peak in use: with fixed shapes a step
// finds every block it freed in the step before. Past the bound, the class that has not been asked
// for the longest gives its blocks back first.
#include "core/allocator.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/cgroup.h"

namespace pydl {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t(2) << 20;
constexpr size_t kLarge = size_t(64) << 20;   // from here on the system is asked what it has
constexpr size_t kLargest = size_t(1) << 47;  // more than any address space in use
constexpr int64_t kLeastBound = int64_t(256) << 20;
constexpr int kClasses = 8 * 40;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCaching = false;  // so that a use after free is seen
#elif defined(__has_feature)
constexpr bool kCaching = !__has_feature(address_sanitizer);
#else
constexpr bool kCaching = true;
#endif

struct SizeClass {
  int index;
  size_t bytes;
};

// 64, 128, ... 512 are classes 0 to 7; then 8 steps to each doubling. 0 < bytes <= kLargest.
SizeClass size_class(size_t bytes) {
  const size_t last = bytes - 1;
  const int shift = std::max(6, static_cast<int>(std::bit_width(last)) - 4);
  const size_t steps = (last >> shift) + 1;  // up to 16; past the first doubling 9 to 16
  return {static_cast<int>(steps) - 1 + 8 * (shift - 6), steps << shift};
}
static_assert(8 * (47 - 4 - 6) + 16 <= kClasses);

struct Block {
  Block* next;
};

struct Class {
  Block* free;
  uint64_t used;  // when it was last asked for a block
  size_t bytes;
};

// Trivially destructible: arrays may be freed after the program's static objects are gone.
struct Cache {
  std::atomic<bool> locked{false};
  Class classes[kClasses]{};
  int64_t in_use = 0, cached = 0, peak = 0;
  uint64_t requests = 0, system_calls = 0;
};
constinit Cache cache;

void lock() {
  while (cache.locked.exchange(true, std::memory_order_acquire)) {
    for (int i = 0; cache.locked.load(std::memory_order_relaxed); ++i) {
      if (i >= 100) sched_yield();  // its holder may be descheduled
    }
  }
}
void unlock() { cache.locked.store(false, std::memory_order_release); }

// A forked child finds the lists whole.
[[maybe_unused]] const int fork_handler = pthread_atfork(lock, unlock, unlock);

// Null where the system has none.
void* system_allocate(size_t bytes) {
  if (bytes < kHugePage || !kCaching) {
    void* data;
    return posix_memalign(&data, bytes < kHugePage ? kAlignment : kHugePage, bytes) == 0 ? data
                                                                                         : nullptr;
  }
  void* mapped =
      mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* start = static_cast<char*>(mapped);
  const size_t before = -reinterpret_cast<uintptr_t>(start) % kHugePage;
  if (before != 0) munmap(start, before);
  start += before;
  munmap(start + bytes, kHugePage - before);
#if defined(MADV_HUGEPAGE)
  madvise(start, bytes, MADV_HUGEPAGE);
#endif
  return start;
}

void system_free(void* data, size_t bytes) {
  if (bytes < kHugePage || !kCaching) {
    std::free(data);
  } else {
    munmap(data, bytes);
  }
}

// Gives blocks back until at most `keep` bytes are cached.
void shrink(int64_t keep) {
  lock();
  while (cache.cached > keep) {
    Class* oldest = nullptr;
    for (Class& c : cache.classes) {
      if (c.free != nullptr && (oldest == nullptr || c.used < oldest->used)) oldest = &c;
    }
    Block* list = nullptr;
    const size_t bytes = oldest->bytes;
    while (oldest->free != nullptr && cache.cached > keep) {
      Block* block = oldest->free;
      oldest->free = block->next;
      block->next = list;
      list = block;
      cache.cached -= static_cast<int64_t>(bytes);
    }
    unlock();
    while (list != nullptr) {
      Block* next = list->next;
      system_free(list, bytes);
      list = next;
    }
    lock();
  }
  unlock();
}

// A line of /proc/meminfo in bytes, or -1.
int64_t meminfo(const char* key) {
  std::FILE* file = std::fopen("/proc/meminfo", "re");
  if (file == nullptr) return -1;
  char line[128];
  long long kilobytes = -1;
  const size_t length = std::strlen(key);
  while (kilobytes < 0 && std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, key, length) == 0 && line[length] == ':') {
      kilobytes = std::atoll(line + length + 1);
    }
  }
  std::fclose(file);
  return kilobytes < 0 ? -1 : kilobytes * 1024;
}

// Physical memory and swap, or what the cgroup grants of it.
int64_t memory_limit() {
  static std::atomic<int64_t> known{0};
  int64_t limit = known.load(std::memory_order_relaxed);
  if (limit != 0) return limit;
  const int64_t physical = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  limit = physical > 0 ? physical + std::max<int64_t>(0, meminfo("SwapTotal")) : INT64_MAX / 2;
  if (const int64_t granted = cgroup_memory(""); granted > 0) limit = std::min(limit, granted);
  known.store(limit, std::memory_order_relaxed);
  return limit;
}

// Linux promises memory that it does not have and later kills the process that believed it.
bool system_has(size_t bytes) {
  if (memory_stats().in_use + static_cast<int64_t>(bytes) > memory_limit()) return false;
  if (bytes < kLarge) return true;
  const int64_t available = meminfo("MemAvailable");
  return available < 0 ||
         static_cast<int64_t>(bytes) <= available + std::max<int64_t>(0, meminfo("SwapFree"));
}

std::string human(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  int unit = 0;
  double value = static_cast<double>(bytes);
  for (; value >= 1024; value /= 1024) ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.2f %s", value, kUnits[unit]);
  return text;
}

[[noreturn]] void refuse(size_t bytes) {
  const MemoryStats stats = memory_stats();
  throw OutOfMemory("out of memory: asked for " + human(bytes) + "; in use " +
                    human(static_cast<uint64_t>(stats.in_use)) + ", cached " +
                    human(static_cast<uint64_t>(stats.cached)) + ", of " +
                    human(static_cast<uint64_t>(memory_limit())) + " in this machine or container");
}

}  // namespace

void* cpu_allocate(size_t bytes) {
  if (bytes > kLargest) refuse(bytes);
  const SizeClass size = size_class(bytes == 0 ? 1 : bytes);
  Class& c = cache.classes[size.index];
  lock();
  Block* block = c.free;
  c.used = ++cache.requests;
  if (block != nullptr) {
    c.free = block->next;
    cache.cached -= static_cast<int64_t>(size.bytes);
  } else {
    c.bytes = size.bytes;
    ++cache.system_calls;
    unlock();
    const size_t wanted = kCaching ? size.bytes : bytes;
    void* fresh = system_has(size.bytes) ? system_allocate(wanted) : nullptr;
    if (fresh == nullptr) {
      empty_cache();
      if (system_has(size.bytes)) fresh = system_allocate(wanted);
      if (fresh == nullptr) refuse(bytes);
    }
    block = static_cast<Block*>(fresh);
    lock();
  }
  cache.in_use += static_cast<int64_t>(size.bytes);
  cache.peak = std::max(cache.peak, cache.in_use);
  unlock();
  return block;
}

void cpu_free(void* data, size_t bytes) noexcept {
  if (data == nullptr) return;
  const SizeClass size = size_class(bytes == 0 ? 1 : bytes);
  Class& c = cache.classes[size.index];
  lock();
  cache.in_use -= static_cast<int64_t>(size.bytes);
  const int64_t bound = std::max(kLeastBound, cache.peak);
  if (kCaching) {
    Block* block = static_cast<Block*>(data);
    block->next = c.free;
    c.free = block;
    cache.cached += static_cast<int64_t>(size.bytes);
  }
  const bool over = cache.cached > bound;
  unlock();
  if (!kCaching) system_free(data, bytes);
  if (over) shrink(bound - bound / 8);
}

void empty_cache() noexcept { shrink(0); }

MemoryStats memory_stats() noexcept {
  lock();
  const MemoryStats stats = {cache.in_use, cache.cached, cache.peak, cache.system_calls};
  unlock();
  return stats;
}

void reset_peak_memory() noexcept {
  lock();
  cache.peak = cache.in_use;
  unlock();
}

}  // namespace pydl
