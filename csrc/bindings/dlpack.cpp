#include "bindings/dlpack.h"

#include <cstring>

namespace py = pybind11;

namespace pydl::python {

namespace {

// The layout that DLPack 0.8 lays down.
struct DLDevice {
  int32_t type;  // 1: CPU
  int32_t id;
};
struct DLDataType {
  uint8_t code;  // 0 int, 1 unsigned, 2 float, 4 bfloat, 6 bool
  uint8_t bits;
  uint16_t lanes;
};
struct DLTensor {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
};
struct DLManagedTensor {
  DLTensor tensor;
  void* context;
  void (*deleter)(DLManagedTensor*);
};

constexpr DLDataType kTypes[kNumDTypes] = {{2, 32, 1}, {2, 64, 1}, {4, 16, 1}, {2, 16, 1},
                                           {0, 64, 1}, {0, 32, 1}, {0, 16, 1}, {0, 8, 1},
                                           {1, 8, 1},  {6, 8, 1}};
constexpr int32_t kCpu = 1;

struct Exported {
  DLManagedTensor managed;
  Array array;
  int64_t extents[2 * kMaxDims];
};

DType dtype_of(DLDataType type) {
  for (int i = 0; i < kNumDTypes; ++i) {
    if (!std::memcmp(&kTypes[i], &type, sizeof type)) return static_cast<DType>(i);
  }
  fail(ErrorKind::kDType, "from_dlpack: no dtype of pydl has code ", int{type.code}, ", ",
       int{type.bits}, " bits and ", type.lanes, " lanes");
}

}  // namespace

PyObject* dlpack_export(const Array& x) {
  auto* exported = new Exported{{}, x, {}};
  const int n = x.ndim();
  std::copy_n(x.shape().data(), n, exported->extents);
  std::copy_n(x.strides().data(), n, exported->extents + n);
  exported->managed.tensor = {x.data(),
                              {kCpu, 0},
                              n,
                              kTypes[static_cast<int>(x.dtype())],
                              exported->extents,
                              exported->extents + n,
                              0};
  exported->managed.context = exported;
  exported->managed.deleter = [](DLManagedTensor* m) { delete static_cast<Exported*>(m->context); };
  PyObject* capsule = PyCapsule_New(&exported->managed, "dltensor", [](PyObject* self) {
    // A consumer renames the capsule and deletes the tensor itself.
    if (!PyCapsule_IsValid(self, "dltensor")) return;
    auto* managed = static_cast<DLManagedTensor*>(PyCapsule_GetPointer(self, "dltensor"));
    managed->deleter(managed);
  });
  if (!capsule) {
    delete exported;
    throw py::error_already_set();
  }
  return capsule;
}

Array dlpack_import(PyObject* capsule) {
  check(PyCapsule_IsValid(capsule, "dltensor"), ErrorKind::kValue,
        "from_dlpack: expected a capsule 'dltensor' that nobody has taken, got one that was taken");
  auto* managed = static_cast<DLManagedTensor*>(PyCapsule_GetPointer(capsule, "dltensor"));
  const DLTensor& t = managed->tensor;
  check(t.device.type == kCpu, ErrorKind::kDevice,
        "from_dlpack: expected memory of the CPU (device type 1), got device type ", t.device.type);
  const DType dtype = dtype_of(t.dtype);
  check(t.ndim >= 0 && t.ndim <= kMaxDims, ErrorKind::kShape, "from_dlpack: expected at most ",
        kMaxDims, " dimensions, got ", t.ndim);
  const Shape shape(Extents{t.shape, static_cast<size_t>(t.ndim)});
  const Shape strides = t.strides ? Shape(Extents{t.strides, static_cast<size_t>(t.ndim)})
                                  : contiguous_strides(shape);
  const int64_t size = count(shape, dtype);
  int64_t low = 0, high = 0;
  for (int d = 0; d < shape.size() && size; ++d) {
    const int64_t reach = (shape[d] - 1) * strides[d];
    (reach < 0 ? low : high) += reach;
  }
  char* first = static_cast<char*>(t.data) + t.byte_offset + low * item_size(dtype);
  const size_t bytes = size ? static_cast<size_t>(high - low + 1) * item_size(dtype) : 0;
  auto release = [](void* context) {
    auto* managed = static_cast<DLManagedTensor*>(context);
    if (!managed->deleter || !Py_IsInitialized()) return;
    py::gil_scoped_acquire locked;
    managed->deleter(managed);
  };
  Storage* storage = Storage::borrow({}, first, bytes, release, managed);
  PyCapsule_SetName(capsule, "used_dltensor");
  return Array::over(storage, dtype, shape, strides, -low);
}

}  // namespace pydl::python
