// Which instruction set's kernels this process runs.
#pragma once

namespace pydl {

enum class Isa { kBaseline, kAvx2, kAvx512 };  // later ones contain the earlier

// The best that the processor, the operating system and this build have, or what PYDL_ISA asks for.
// Throws Error (a std::runtime_error) where that is unknown or missing. Decided at the first call.
Isa chosen_isa();

const char* isa_name(Isa isa);  // "baseline", "avx2", "avx512"; on AArch64 baseline is "neon"

// "avx512: the processor has AVX-512 F, VL, BW, DQ" or "avx2: asked for by PYDL_ISA".
const char* isa_reason();

}  // namespace pydl
