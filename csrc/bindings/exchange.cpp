// Arrays from and to other libraries and Python's own numbers, without a copy where it can be.
#include "bindings/array_type.h"
#include "bindings/define.h"
#include "bindings/dlpack.h"
#include "bindings/families.h"
#include "bindings/tape.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

DType dtype_of_format(const char* format, Py_ssize_t item) {
  if (format == nullptr) return DType::kUInt8;
  // Native byte order only: '<' is native on the machines that pydl runs on.
  if (*format == '<' || *format == '=' || *format == '@') ++format;
  if (format[0] != '\0' && format[1] == '\0') {
    switch (*format) {
      case 'f':
        return DType::kFloat32;
      case 'd':
        return DType::kFloat64;
      case 'e':
        return DType::kFloat16;
      case '?':
        return DType::kBool;
      case 'B':
        return DType::kUInt8;
      case 'b':
      case 'h':
      case 'i':
      case 'l':
      case 'q':
        return item == 8   ? DType::kInt64
               : item == 4 ? DType::kInt32
               : item == 2 ? DType::kInt16
                           : DType::kInt8;
      default:
        break;
    }
  }
  fail(ErrorKind::kDType,
       "from_numpy: expected float64, float32, float16, int64, int32, int16, int8, "
       "uint8 or bool in native byte order, got an array of format '",
       format, "'");
}

// Sees a writable buffer (a numpy array) as an array; the exporter lives as long as the storage.
Array from_buffer(const py::object& object) {
  auto* view = new Py_buffer;
  if (PyObject_GetBuffer(object.ptr(), view, PyBUF_STRIDES | PyBUF_FORMAT | PyBUF_WRITABLE) < 0) {
    delete view;
    throw py::error_already_set();
  }
  auto release = [](void* context) {
    // At the end of the process the interpreter may be gone: the memory goes with it.
    if (Py_IsInitialized()) {
      py::gil_scoped_acquire locked;
      PyBuffer_Release(static_cast<Py_buffer*>(context));
    }
    delete static_cast<Py_buffer*>(context);
  };
  Shape shape, strides;
  int64_t low = 0, high = 0;
  try {
    const DType dtype = dtype_of_format(view->format, view->itemsize);
    for (int d = 0; d < view->ndim; ++d) {
      check(view->strides[d] % view->itemsize == 0, ErrorKind::kShape, "from_numpy: stride ",
            view->strides[d], " is not a multiple of the item size ", view->itemsize);
      shape.push_back(view->shape[d]);
      strides.push_back(view->strides[d] / view->itemsize);
      const int64_t reach = (view->shape[d] - 1) * strides[d];
      (reach < 0 ? low : high) += view->shape[d] ? reach : 0;
    }
    check(reinterpret_cast<uintptr_t>(view->buf) % view->itemsize == 0, ErrorKind::kValue,
          "from_numpy: expected aligned memory");
    if (view->len == 0) low = high = 0;
    char* first = static_cast<char*>(view->buf) + low * view->itemsize;
    const size_t bytes = view->len ? static_cast<size_t>(high - low + 1) * view->itemsize : 0;
    Storage* storage = Storage::borrow({}, first, bytes, release, view);
    return Array::over(storage, dtype, shape, strides, -low);
  } catch (...) {
    PyBuffer_Release(view);
    delete view;
    throw;
  }
}

Array scalar_of(const py::object& value, DType dtype) {
  PyObject* number = value.ptr();
  if (PyFloat_Check(number) || is_float(dtype)) {
    const double x = PyFloat_AsDouble(number);
    if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
    if (dtype == DType::kFloat32 || dtype == DType::kFloat64) {
      Array y = Array::empty({}, dtype);
      if (dtype == DType::kFloat32) {
        *y.data_as<float>() = static_cast<float>(x);
      } else {
        *y.data_as<double>() = x;
      }
      return y;
    }
    return scalar(x, dtype);
  }
  const int64_t x = PyLong_AsLongLong(number);
  if (x == -1 && PyErr_Occurred()) throw py::error_already_set();
  return scalar(x, dtype);
}

// The scalar tensor that a Python number is beside x where x's dtype takes numbers of that kind;
// None for all others.
PyObject* number_beside(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  const TensorFields* x = count == 2 ? tensor_of(arguments[1]) : nullptr;
  if (!x || !is_array(x->array)) Py_RETURN_NONE;
  const DType dtype = unwrap(x->array).dtype();
  double value;
  if (!is_float(dtype)) Py_RETURN_NONE;
  if (PyFloat_CheckExact(arguments[0])) {
    value = PyFloat_AS_DOUBLE(arguments[0]);
  } else if (PyLong_CheckExact(arguments[0])) {
    value = PyLong_AsDouble(arguments[0]);
    if (value == -1 && PyErr_Occurred()) {
      PyErr_Clear();
      Py_RETURN_NONE;
    }
  } else {
    Py_RETURN_NONE;
  }
  PyObject* array = wrap(scalar(value, dtype));
  PyObject* found = wrap_tensor(array);
  Py_DECREF(array);
  return found;
}

// The ints of a tuple, or of the one tuple or list in it; None where it holds anything but ints of
// 64 bits.
PyObject* ints(PyObject*, PyObject* items) {
  if (PyTuple_Check(items) && PyTuple_GET_SIZE(items) == 1) {
    PyObject* first = PyTuple_GET_ITEM(items, 0);
    if (PyTuple_Check(first) || PyList_Check(first)) items = first;
  }
  Shape found;
  const bool listed = PyTuple_Check(items) || PyList_Check(items);
  if (!listed || PySequence_Fast_GET_SIZE(items) > kMaxDims || !to_shape(items, &found)) {
    PyErr_Clear();
    Py_RETURN_NONE;
  }
  return to_tuple(found);
}

py::object item(const Array& x) {
  check(x.size() == 1, ErrorKind::kValue, "item: expected one element, got shape ", x.shape());
  switch (x.dtype()) {
    case DType::kFloat32:
      return py::float_(*x.data_as<float>());
    case DType::kFloat64:
      return py::float_(*x.data_as<double>());
    case DType::kBool:
      return py::bool_(*x.data_as<bool>());
    case DType::kBFloat16:
    case DType::kFloat16:
      return py::float_(*cast(x, DType::kFloat64).data_as<double>());
    default:
      return py::int_(*cast(x, DType::kInt64).data_as<int64_t>());
  }
}

py::capsule to_dlpack(const Array& x) {
  return py::reinterpret_steal<py::capsule>(dlpack_export(x));
}
Array from_dlpack(const py::capsule& capsule) { return dlpack_import(capsule.ptr()); }

}  // namespace

PyMethodDef functions[] = {
    {"number_beside", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(number_beside)),
     METH_FASTCALL,
     "number_beside(value, x, /)\n--\n\nA Python number as a scalar tensor of x's dtype; None "
     "where "
     "that is not what it counts as."},
    {"ints", ints, METH_O,
     "ints(items, /)\n--\n\nThe ints of a tuple, or of the one sequence in it; None where there "
     "are others."},
    {},
};

void add_exchange(py::module_& m) {
  if (PyModule_AddFunctions(m.ptr(), functions) < 0) throw py::error_already_set();
  m.def("from_buffer", &from_buffer, py::arg());
  m.def("to_dlpack", &to_dlpack, py::arg());
  m.def("from_dlpack", &from_dlpack, py::arg());
  def<&scalar_of>(m, "scalar", py::arg(), py::arg());
  def<&item>(m, "item", py::arg());
}

}  // namespace pydl::python
