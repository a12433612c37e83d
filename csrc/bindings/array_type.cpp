#include "bindings/array_type.h"

#include <new>

#include "bindings/families.h"
#include "ops/ops.h"

namespace pydl::python {

namespace {

const Array& self_of(PyObject* self) { return unwrap(self); }

void dealloc(PyObject* self) {
  reinterpret_cast<ArrayObject*>(self)->array.~Array();
  PyObject_Free(self);
}

PyObject* get_shape(PyObject* self, void*) { return to_tuple(self_of(self).shape()); }
PyObject* get_strides(PyObject* self, void*) { return to_tuple(self_of(self).strides()); }
PyObject* get_dtype(PyObject* self, void*) {
  return PyLong_FromLong(static_cast<long>(self_of(self).dtype()));
}
PyObject* get_device(PyObject* self, void*) {
  return PyLong_FromLong(static_cast<long>(self_of(self).device().type));
}
PyObject* get_offset(PyObject* self, void*) { return PyLong_FromLongLong(self_of(self).offset()); }
PyObject* get_ndim(PyObject* self, void*) { return PyLong_FromLong(self_of(self).ndim()); }
PyObject* get_size(PyObject* self, void*) { return PyLong_FromLongLong(self_of(self).size()); }
PyObject* get_version(PyObject* self, void*) { return PyLong_FromLong(self_of(self).version()); }
PyObject* get_contiguous(PyObject* self, void*) {
  return PyBool_FromLong(self_of(self).is_contiguous());
}
PyObject* get_references(PyObject* self, void*) {
  return PyLong_FromLong(self_of(self).storage()->references());
}
PyObject* get_storage_id(PyObject* self, void*) {
  return PyLong_FromVoidPtr(self_of(self).storage());
}
PyObject* get_storage_bytes(PyObject* self, void*) {
  return PyLong_FromSize_t(self_of(self).storage()->bytes);
}
PyObject* get_data_ptr(PyObject* self, void*) { return PyLong_FromVoidPtr(self_of(self).data()); }

PyGetSetDef getset[] = {
    {"shape", get_shape, nullptr, "extents, a tuple", nullptr},
    {"strides", get_strides, nullptr, "steps in elements, a tuple", nullptr},
    {"dtype", get_dtype, nullptr, "the dtype's number", nullptr},
    {"device", get_device, nullptr, "the device type's number", nullptr},
    {"offset", get_offset, nullptr, "elements before the first one", nullptr},
    {"ndim", get_ndim, nullptr, "number of dimensions", nullptr},
    {"size", get_size, nullptr, "number of elements", nullptr},
    {"version", get_version, nullptr, "in-place writes to the storage so far", nullptr},
    {"contiguous", get_contiguous, nullptr, "whether rows lie one after the other", nullptr},
    {"references", get_references, nullptr, "arrays that share the storage", nullptr},
    {"storage_id", get_storage_id, nullptr, "equal for arrays that share a storage", nullptr},
    {"storage_bytes", get_storage_bytes, nullptr, "size of the storage", nullptr},
    {"data_ptr", get_data_ptr, nullptr, "address of the first element", nullptr},
    {},
};

// The letters of Python's struct module, in the order of DType; bfloat16 has none.
constexpr const char* kFormats[kNumDTypes] = {"f", "d", nullptr, "e", "q", "i", "h", "b", "B", "?"};

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  const Array& x = self_of(self);
  const char* format = kFormats[static_cast<int>(x.dtype())];
  view->obj = nullptr;
  if (!format) {
    PyErr_SetString(PyExc_TypeError, "numpy: bfloat16 has no numpy dtype; convert with .float()");
    return -1;
  }
  if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES && !x.is_contiguous()) {
    PyErr_SetString(PyExc_BufferError, "numpy: a strided array needs a strided buffer request");
    return -1;
  }
  const int n = x.ndim();
  auto* extents = new Py_ssize_t[2 * n + 1];
  for (int d = 0; d < n; ++d) {
    extents[d] = x.shape(d);
    extents[n + d] = x.stride(d) * item_size(x.dtype());
  }
  *view = {};
  view->buf = x.data();
  view->obj = Py_NewRef(self);
  view->len = x.size() * item_size(x.dtype());
  view->itemsize = item_size(x.dtype());
  view->readonly = 0;
  view->ndim = n;
  view->format = flags & PyBUF_FORMAT ? const_cast<char*>(format) : nullptr;
  view->shape = extents;
  view->strides = extents + n;
  view->internal = extents;
  return 0;
}

void release_buffer(PyObject*, Py_buffer* view) {
  delete[] static_cast<Py_ssize_t*>(view->internal);
}

// x + y and its kin on arrays of one dtype: the operators, which the interpreter calls directly.
template <BinaryOp op>
PyObject* operate(PyObject* x, PyObject* y) {
  if (!is_array(x) || !is_array(y)) Py_RETURN_NOTIMPLEMENTED;
  try {
    return wrap(binary(op, unwrap(x), unwrap(y)));
  } catch (...) {
    return raise(std::current_exception());
  }
}

PyObject* negate(PyObject* x) {
  try {
    return wrap(unary(UnaryOp::kNeg, unwrap(x)));
  } catch (...) {
    return raise(std::current_exception());
  }
}

PyNumberMethods operators;

PyBufferProcs buffer = {get_buffer, release_buffer};

}  // namespace

PyTypeObject ArrayType;

PyObject* wrap(Array array) {
  auto* object = PyObject_New(ArrayObject, &ArrayType);
  if (!object) throw std::bad_alloc();
  new (&object->array) Array(std::move(array));
  return reinterpret_cast<PyObject*>(object);
}

void add_array_type(PyObject* module) {
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&ArrayType), 1);
  ArrayType.tp_name = "pydl._C.Array";
  ArrayType.tp_doc = "Storage, dtype, shape, strides, offset and device: what the kernels work on.";
  ArrayType.tp_basicsize = sizeof(ArrayObject);
  ArrayType.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION;
  ArrayType.tp_dealloc = dealloc;
  ArrayType.tp_getset = getset;
  ArrayType.tp_as_buffer = &buffer;
  operators.nb_add = operate<BinaryOp::kAdd>;
  operators.nb_subtract = operate<BinaryOp::kSub>;
  operators.nb_multiply = operate<BinaryOp::kMul>;
  operators.nb_true_divide = operate<BinaryOp::kDiv>;
  operators.nb_negative = negate;
  ArrayType.tp_as_number = &operators;
  if (PyType_Ready(&ArrayType) < 0 ||
      PyModule_AddObjectRef(module, "Array", reinterpret_cast<PyObject*>(&ArrayType)) < 0) {
    throw pybind11::error_already_set();
  }
}

bool to_shape(PyObject* object, Shape* shape) {
  if (!PyTuple_Check(object) && !PyList_Check(object)) {
    PyErr_SetString(PyExc_TypeError, "expected a tuple of ints");
    return false;
  }
  const Py_ssize_t n = PySequence_Fast_GET_SIZE(object);
  *shape = Shape();
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(object, i);
    if (!PyIndex_Check(item) && !PyLong_Check(item)) {
      PyErr_SetString(PyExc_TypeError, "expected ints");
      return false;
    }
    const Py_ssize_t extent = PyNumber_AsSsize_t(item, PyExc_OverflowError);
    if (extent == -1 && PyErr_Occurred()) return false;
    shape->push_back(extent);
  }
  return true;
}

PyObject* to_tuple(Extents extents) {
  PyObject* tuple = PyTuple_New(static_cast<Py_ssize_t>(extents.size()));
  if (!tuple) return nullptr;
  for (size_t i = 0; i < extents.size(); ++i) {
    PyTuple_SET_ITEM(tuple, i, PyLong_FromLongLong(extents[i]));
  }
  return tuple;
}

}  // namespace pydl::python
