// A device is an allocator plus a filled kernel table.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pydl {

struct KernelTable;

enum class DeviceType : uint8_t { kCpu, kCuda };

struct Device {
  DeviceType type = DeviceType::kCpu;
  int8_t index = 0;
  friend bool operator==(Device, Device) = default;
};

struct Backend {
  const char* name;
  void* (*allocate)(size_t bytes);
  void (*free)(void* data, size_t bytes) noexcept;
  const KernelTable* kernels;
};

// The only dispatch on a device. Throws where the device has no backend in this build.
const Backend& backend(Device device);

// Called once by the module that brings a device.
void register_backend(DeviceType type, const Backend& backend);

}  // namespace pydl
