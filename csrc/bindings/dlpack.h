// DLPack, the exchange format of array libraries: https://dmlc.github.io/dlpack/latest/
#pragma once

#include <pybind11/pybind11.h>

#include "core/array.h"

namespace pydl::python {

PyObject* dlpack_export(const Array& x);  // a new capsule "dltensor"
Array dlpack_import(PyObject* capsule);   // takes the capsule's tensor over; throws

}  // namespace pydl::python
