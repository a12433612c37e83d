#include <pybind11/pybind11.h>

#include "bindings/array_type.h"
#include "bindings/families.h"
#include "core/allocator.h"
#include "core/cgroup.h"
#include "core/gil.h"
#include "core/isa.h"
#include "core/kernel_table.h"
#include "core/threads.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

py::dict memory() {
  const MemoryStats stats = memory_stats();
  py::dict d;
  d["in_use"] = stats.in_use;
  d["cached"] = stats.cached;
  d["peak"] = stats.peak;
  d["system_calls"] = stats.system_calls;
  return d;
}

}  // namespace

void add_runtime(py::module_& m) {
  gil_hooks = {[]() -> void* { return PyEval_SaveThread(); },
               [](void* state) { PyEval_RestoreThread(static_cast<PyThreadState*>(state)); }};
  // An instruction set that the machine lacks is an error at import, not in the middle of a run.
  m.attr("isa") = isa_name(chosen_isa());
  m.def("isa_reason", &isa_reason);
  m.def("kernel_isa", [] { return backend({}).kernels->isa; });
  m.def("num_threads", &num_threads);
  m.def("set_num_threads", &set_num_threads, py::arg());
  m.def("threads_reason", &threads_reason);
  m.def("parse_cpu_max", &parse_cpu_max, py::arg());
  m.def("parse_cfs_quota", &parse_cfs_quota, py::arg(), py::arg());
  m.def("cgroup_cores", &cgroup_cores, py::arg(),
        "Cores that the control groups below a folder of recorded files grant; 0: no limit.");
  m.def("fma_peak", &fma_peak, py::arg(), py::arg());
  m.def("empty_cache", &empty_cache);
  m.def("memory_stats", &memory);
}

}  // namespace pydl::python
