#include "core/allocator.h"
#include "core/check.h"
#include "core/device.h"
#include "core/isa.h"
#include "core/kernel_table.h"

namespace pydl {

namespace baseline {
extern const KernelTable kKernels;
}
#ifdef PYDL_HAS_AVX2
namespace avx2 {
extern const KernelTable kKernels;
}
#endif
#ifdef PYDL_HAS_AVX512
namespace avx512 {
extern const KernelTable kKernels;
}
#endif

namespace {

const KernelTable* cpu_kernels() {
  switch (chosen_isa()) {
#ifdef PYDL_HAS_AVX512
    case Isa::kAvx512:
      return &avx512::kKernels;
#endif
#ifdef PYDL_HAS_AVX2
    case Isa::kAvx2:
      return &avx2::kKernels;
#endif
    default:
      return &baseline::kKernels;
  }
}

constexpr int kDeviceTypes = 2;
Backend* backends() {
  static Backend table[kDeviceTypes] = {{"cpu", cpu_allocate, cpu_free, cpu_kernels()}, {}};
  return table;
}

}  // namespace

const Backend& backend(Device device) {
  static Backend* const table = backends();
  const Backend& found = table[static_cast<int>(device.type)];
  check(found.kernels != nullptr, ErrorKind::kDevice,
        "device: this build of pydl has no cuda backend, expected cpu");
  return found;
}

void register_backend(DeviceType type, const Backend& backend) {
  backends()[static_cast<int>(type)] = backend;
}

}  // namespace pydl
