// C++ errors as Python exceptions, each both the built-in one that a Python user expects and the
// RuntimeError that PyTorch code catches.
#include <pybind11/pybind11.h>

#include <new>

#include "bindings/families.h"
#include "core/check.h"

namespace py = pybind11;

namespace pydl::python {

namespace {

struct Kind {
  const char* name;
  PyObject* builtin;
  const char* doc;
};

PyObject* exceptions[6];

PyObject* make(py::module_& m, const Kind& kind, PyObject* error) {
  const std::string name = std::string("pydl.") + kind.name;
  py::object bases = kind.builtin
                         ? py::object(py::make_tuple(py::handle(error), py::handle(kind.builtin)))
                         : py::object(py::make_tuple(py::handle(error)));
  PyObject* type = PyErr_NewExceptionWithDoc(name.c_str(), kind.doc, bases.ptr(), nullptr);
  if (!type) throw py::error_already_set();
  m.add_object(kind.name, type);
  return type;
}

}  // namespace

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const Error& error) {
    PyErr_SetString(exceptions[static_cast<int>(error.kind)], error.what());
  } catch (const std::bad_alloc& error) {
    PyErr_SetString(py::module_::import("pydl._C").attr("OutOfMemoryError").ptr(), error.what());
  }
}

PyObject* raise(std::exception_ptr pointer) {
  try {
    translate(pointer);
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

void add_errors(py::module_& m) {
  PyObject* error = PyErr_NewExceptionWithDoc(
      "pydl.Error", "What every error of pydl derives from.", PyExc_RuntimeError, nullptr);
  if (!error) throw py::error_already_set();
  m.add_object("Error", error);
  // In the order of ErrorKind.
  const Kind kinds[] = {
      {"ShapeError", PyExc_ValueError, "Shapes that do not fit."},
      {"DTypeError", PyExc_TypeError, "A dtype that an op does not take."},
      {"IndexError", PyExc_IndexError, "An index or dimension out of range."},
      {"ValueError", PyExc_ValueError, "A setting that makes no sense."},
      {"DeviceError", PyExc_ValueError,
       "Operands on different devices, or a device that is not there."},
      {"StateError", nullptr,
       "An operation at a time when it cannot be: a graph already freed, a value overwritten."},
  };
  for (int i = 0; i < 6; ++i) exceptions[i] = make(m, kinds[i], error);
  make(m, {"OutOfMemoryError", PyExc_MemoryError, "A request for more memory than there is."},
       error);
  py::register_local_exception_translator(translate);
}

}  // namespace pydl::python
