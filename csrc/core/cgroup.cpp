#include "core/cgroup.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace pydl {
namespace {

// The file's text, or "" where there is none.
std::string read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return "";
  char text[16384];
  const size_t length = std::fread(text, 1, sizeof text, file);
  std::fclose(file);
  return std::string(text, length);
}

double smaller(double x, double y) { return x == 0 || (y != 0 && y < x) ? y : x; }

// The smallest limit_at(folder, v2) over the folders that hold this process's limits. A line of
// /proc/self/cgroup is "0::/path" (v2) or "4:cpu,cpuacct:/path" (v1). A container may see a path
// that does not exist under its own mount; the folders above it, up to the mount, do.
template <class F>
double smallest_limit(const std::string& root, const std::string& controller, F limit_at) {
  std::string text = read_file(root + "/proc/self/cgroup");
  double smallest = 0;
  char* position = nullptr;
  for (char* line = strtok_r(text.data(), "\n", &position); line != nullptr;
       line = strtok_r(nullptr, "\n", &position)) {
    const char* first = std::strchr(line, ':');
    const char* second = first ? std::strchr(first + 1, ':') : nullptr;
    if (second == nullptr) continue;
    const std::string controllers(first + 1, second);
    const bool v2 = controllers.empty();
    if (!v2 && ("," + controllers + ",").find("," + controller + ",") == std::string::npos)
      continue;
    const std::string mounts = root + "/sys/fs/cgroup";
    const std::string places[2] = {v2 ? mounts : mounts + "/" + controllers,
                                   mounts + "/" + (v2 ? "unified" : controller)};
    for (const std::string& mount : places) {
      for (std::string path = second + 1;; path.resize(path.rfind('/'))) {
        smallest = smaller(smallest, limit_at(mount + path, v2));
        if (path.rfind('/') == std::string::npos) break;
      }
    }
  }
  return smallest;
}

}  // namespace

double parse_cpu_max(const char* text) {
  char* rest;
  const double quota = std::strtod(text, &rest);
  if (rest == text) return 0;  // "max"
  const char* after = rest;
  const double period = std::strtod(after, &rest);
  if (rest == after || !(quota > 0) || !(period > 0)) return 0;
  const double cores = quota / period;
  return std::isfinite(cores) ? cores : 0;
}

double parse_cfs_quota(const char* quota, const char* period) {
  return parse_cpu_max((std::string(quota) + " " + period).c_str());
}

double cgroup_cores(const char* root) {
  return smallest_limit(root, "cpu", [](const std::string& folder, bool v2) {
    return v2 ? parse_cpu_max(read_file(folder + "/cpu.max").c_str())
              : parse_cfs_quota(read_file(folder + "/cpu.cfs_quota_us").c_str(),
                                read_file(folder + "/cpu.cfs_period_us").c_str());
  });
}

int64_t cgroup_memory(const char* root) {
  const double bytes = smallest_limit(root, "memory", [](const std::string& folder, bool v2) {
    const std::string text = read_file(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"));
    return std::strtod(text.c_str(), nullptr);  // "max" gives 0
  });
  return bytes > 0 && bytes < 0x1p60 ? static_cast<int64_t>(bytes) : 0;  // v1 writes 2^63 for none
}

}  // namespace pydl
