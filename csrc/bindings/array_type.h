// Array as a Python type, written by hand: returned from every call, it is worth the 100 ns that a
// generated class would cost each time. pybind11 sees it through the casters below.
#pragma once

#include <pybind11/pybind11.h>

#include "core/array.h"
#include "core/kernel_args.h"

namespace pydl::python {

struct ArrayObject {
  PyObject_HEAD Array array;
};

extern PyTypeObject ArrayType;

// Readies the type and adds it to the module.
void add_array_type(PyObject* module);

PyObject* wrap(Array array);  // new reference
inline bool is_array(PyObject* object) { return object && Py_TYPE(object) == &ArrayType; }
inline const Array& unwrap(PyObject* object) {
  return reinterpret_cast<ArrayObject*>(object)->array;
}

// A tuple or list of ints; false with a Python error set where it is none.
bool to_shape(PyObject* object, Shape* shape);
PyObject* to_tuple(Extents extents);

}  // namespace pydl::python

namespace pybind11::detail {

template <>
struct type_caster<pydl::Array> {
  static constexpr auto name = const_name("Array");
  bool load(handle source, bool) {
    if (!pydl::python::is_array(source.ptr())) return false;
    value = &pydl::python::unwrap(source.ptr());
    return true;
  }
  static handle cast(pydl::Array array, return_value_policy, handle) {
    return pydl::python::wrap(std::move(array));
  }
  template <class T>
  using cast_op_type = const pydl::Array&;
  operator const pydl::Array&() { return *value; }
  const pydl::Array* value = nullptr;
};

template <>
struct type_caster<pydl::Shape> {
  PYBIND11_TYPE_CASTER(pydl::Shape, const_name("collections.abc.Sequence[int]"));
  bool load(handle source, bool) {
    if (pydl::python::to_shape(source.ptr(), &value)) return true;
    if (PyErr_ExceptionMatches(PyExc_OverflowError)) throw error_already_set();
    PyErr_Clear();
    return false;
  }
  static handle cast(const pydl::Shape& shape, return_value_policy, handle) {
    return pydl::python::to_tuple(shape);
  }
};

// Enumerations travel as their number.
template <class E, int count>
struct enum_caster {
  PYBIND11_TYPE_CASTER(E, const_name("int"));
  bool load(handle source, bool) {
    const long code = PyLong_Check(source.ptr()) ? PyLong_AsLong(source.ptr()) : -1;
    PyErr_Clear();
    value = static_cast<E>(code);
    return code >= 0 && code < count;
  }
  static handle cast(E e, return_value_policy, handle) {
    return PyLong_FromLong(static_cast<long>(e));
  }
};
template <>
struct type_caster<pydl::DType> : enum_caster<pydl::DType, pydl::kNumDTypes> {};
template <>
struct type_caster<pydl::Activation> : enum_caster<pydl::Activation, 7> {};
template <>
struct type_caster<pydl::ReduceOp> : enum_caster<pydl::ReduceOp, 8> {};
template <>
struct type_caster<pydl::SampleMode> : enum_caster<pydl::SampleMode, 3> {};
template <>
struct type_caster<pydl::SamplePadding> : enum_caster<pydl::SamplePadding, 3> {};
template <>
struct type_caster<pydl::RecurrentKind> : enum_caster<pydl::RecurrentKind, 4> {};
template <>
struct type_caster<pydl::Optimizer> : enum_caster<pydl::Optimizer, 13> {};

}  // namespace pybind11::detail
