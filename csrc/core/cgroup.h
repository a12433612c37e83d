// What the control groups that this process runs in grant it: how containers and batch systems
// limit processor time and memory.
#pragma once

#include <cstdint>

namespace pydl {

// cgroup v2 `cpu.max` ("150000 100000" or "max 100000"), cgroup v1 cfs_quota_us and
// cfs_period_us: cores granted, or 0 for no limit or an unreadable text.
double parse_cpu_max(const char* text);
double parse_cfs_quota(const char* quota, const char* period);

// The smallest limit on the way from this process's group up to the root, or 0 for none. `root`
// stands before /proc and /sys: empty for this machine, a folder of recorded files for a test.
double cgroup_cores(const char* root);
int64_t cgroup_memory(const char* root);  // bytes

}  // namespace pydl
