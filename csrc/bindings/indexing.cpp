#include <pybind11/stl.h>

#include "bindings/array_type.h"
#include "bindings/define.h"
#include "bindings/families.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

// One entry of x[key]; false where it is none of int, slice, None and Ellipsis.
bool to_item(PyObject* object, IndexItem* item) {
  if (PyLong_CheckExact(object)) {
    item->kind = IndexItem::kInt;
    item->start = PyLong_AsLongLong(object);
    if (item->start == -1 && PyErr_Occurred()) {
      PyErr_Clear();
      fail(ErrorKind::kIndex, "index: expected an int of 64 bits, got a larger one");
    }
    return true;
  }
  if (PySlice_Check(object)) {
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(object, &start, &stop, &step) < 0) {
      const bool zero = PyErr_ExceptionMatches(PyExc_ValueError);
      PyErr_Clear();
      fail(zero ? ErrorKind::kValue : ErrorKind::kIndex, "index: expected ",
           zero ? "a slice with a step other than 0" : "the parts of a slice to be ints or None");
    }
    *item = {IndexItem::kSlice, start, stop, step};
    return true;
  }
  item->kind = object == Py_None ? IndexItem::kNewAxis : IndexItem::kEllipsis;
  return object == Py_None || object == Py_Ellipsis;
}

// x[key] where that is a view; None where the key holds anything else than ints, slices, None and
// Ellipsis.
py::object basic(const Array& x, const py::object& key) {
  std::vector<IndexItem> items;
  if (PyTuple_CheckExact(key.ptr())) {
    const Py_ssize_t n = PyTuple_GET_SIZE(key.ptr());
    items.resize(n);
    for (Py_ssize_t i = 0; i < n; ++i) {
      if (!to_item(PyTuple_GET_ITEM(key.ptr(), i), &items[i])) return py::none();
    }
  } else {
    items.resize(1);
    if (!to_item(key.ptr(), &items[0])) return py::none();
  }
  return py::reinterpret_steal<py::object>(wrap(basic_index(x, items)));
}

Array index_of(const char* op, const Array& index, int64_t size, bool from_end) {
  return checked_index(op, index, size, from_end);
}

}  // namespace

void add_indexing(py::module_& m) {
  const py::arg p;
  def<&basic>(m, "basic_index", p, p);
  def<&index_of>(m, "checked_index", p, p, p, p);
  def<&linear_index>(m, "linear_index", p, p, p);
  def<&mask_positions>(m, "mask_positions", p);
  def<&nonzero>(m, "nonzero", p);
  def<&index_get>(m, "index_get", p, p, p, p);
  def<&index_put_into>(m, "index_put_into", p, p, p, p, p, p);
  def<&gather>(m, "gather", p, p, p);
  def<&bincount>(m, "bincount", p, p);
  def<&triangle>(m, "triangle", p, p, p);
  def<&scatter_into>(m, "scatter_into", p, p, p, p, p);
  def<&concat>(m, "concat", p, p);
  def<&uniform_into>(m, "uniform_into", p, p, p, p, p);
  def<&normal_into>(m, "normal_into", p, p, p, p, p);
  def<&bernoulli_into>(m, "bernoulli_into", p, p, p, p);
  def<&randint_into>(m, "randint_into", p, p, p, p, p);
  def<&permutation>(m, "permutation", p, p, p);
}

}  // namespace pydl::python
