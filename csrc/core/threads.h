// One pool of threads for the whole process. See threads.cpp for how it works.
#pragma once

#include <cstdint>

namespace pydl {

// Called with a half-open range of iterations. Must not throw.
using RangeBody = void (*)(void* context, int64_t begin, int64_t end);

// Cuts [begin, end) into chunks of `grain` iterations (the last may be shorter) and runs body
// on each, on any thread, in any order; returns when all are done. The chunks depend on the
// arguments alone, never on the number of threads. A nested call, a call while another thread
// has the pool, and a range of one chunk run on the caller, chunk by chunk.
void parallel_for(int64_t begin, int64_t end, int64_t grain, RangeBody body, void* context);

inline constexpr int kMaxThreads = 1024;

// Throws Error (kValue) while PYDL_NUM_THREADS holds anything but a whole number from 1 to
// kMaxThreads. parallel_for never throws: it then says so on stderr once and takes the default.
int num_threads();
void set_num_threads(int count);  // Error unless 1 <= count <= kMaxThreads

// How many threads and why: "2 of 2 cores in the affinity mask, cgroup quota 1.5 cores". Valid
// until this thread's next call. Throws as num_threads does.
const char* threads_reason();

}  // namespace pydl
