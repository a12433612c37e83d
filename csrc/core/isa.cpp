#include "core/isa.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>

#include "core/check.h"

namespace pydl {
namespace {

constexpr Isa kAll[] = {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512};

constexpr bool built(Isa isa) {
  if (isa == Isa::kBaseline) return true;
#ifdef PYDL_HAS_AVX2
  if (isa == Isa::kAvx2) return true;
#endif
#ifdef PYDL_HAS_AVX512
  if (isa == Isa::kAvx512) return true;
#endif
  return false;
}

#if defined(__x86_64__)
// Conversions of half numbers. Clang's __builtin_cpu_supports does not know the name "f16c".
bool machine_has_f16c() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

// __builtin_cpu_supports also asks XGETBV whether the operating system saves the registers.
bool machine_has(Isa isa) {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2") && machine_has_f16c();
  if (isa == Isa::kAvx2) return avx2;
  if (isa == Isa::kAvx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  }
#endif
  return isa == Isa::kBaseline;
}

struct Choice {
  Isa isa;
  std::string reason;
};

const char* features(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return "the processor has AVX-512 F, VL, BW, DQ";
    case Isa::kAvx2:
      return "the processor has AVX2, FMA, F16C, BMI2";
    case Isa::kBaseline:
      break;
  }
#if defined(__aarch64__)
  return "every AArch64 processor has it";
#else
  return "nothing wider in both this processor and this build";
#endif
}

Choice choose() {
  std::string available;
  Isa best = Isa::kBaseline;
  for (Isa isa : kAll) {
    if (!built(isa) || !machine_has(isa)) continue;
    best = isa;
    available += (available.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  const char* asked = std::getenv("PYDL_ISA");
  if (asked == nullptr || *asked == '\0') {
    return {best, std::string(isa_name(best)) + ": " + features(best)};
  }
  for (Isa isa : kAll) {
    if (std::strcmp(asked, isa_name(isa)) != 0 &&
        !(isa == Isa::kBaseline && std::strcmp(asked, "baseline") == 0)) {
      continue;
    }
    check(built(isa), ErrorKind::kValue, "PYDL_ISA: this build has no ", asked,
          ", expected one of ", available);
    check(machine_has(isa), ErrorKind::kValue, "PYDL_ISA: this machine has no ", asked,
          ", expected one of ", available);
    return {isa, std::string(isa_name(isa)) + ": asked for by PYDL_ISA"};
  }
  fail(ErrorKind::kValue, "PYDL_ISA: expected one of ", available, ", got '", asked, "'");
}

// Never destroyed: isa_reason's text stays valid to the end.
const Choice& choice() {
  static const Choice* const chosen = new Choice(choose());
  return *chosen;
}

}  // namespace

Isa chosen_isa() { return choice().isa; }

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kBaseline:
      break;
  }
#if defined(__aarch64__)
  return "neon";
#else
  return "baseline";
#endif
}

const char* isa_reason() { return choice().reason.c_str(); }

}  // namespace pydl
