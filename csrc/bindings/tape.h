// What the tape does at every operation, as plain C functions: making a tensor or a node (all
// fields set in one call instead of a step of the interpreter each), recording a node, comparing
// two operands. Each is at least 25 ns less than through pybind11. What the fields mean is
// pydl/autograd's business.
#pragma once

#include <pybind11/pybind11.h>

namespace pydl::python {

// The fields of pydl.Tensor; TensorBase in pydl/autograd/function.py says what they mean.
struct TensorFields {
  PyObject_HEAD PyObject* array;
  PyObject* node;
  PyObject* grad;
  PyObject* base;
  PyObject* base_node;
  PyObject* hooks;
  PyObject* requires_grad;
  PyObject* weak_references;
};

extern PyTypeObject FieldsType;

// The fields of a tensor, or null where the object is none, or is not there: Python may delete
// fields.
inline TensorFields* tensor_of(PyObject* object) {
  return object && PyObject_TypeCheck(object, &FieldsType) ? reinterpret_cast<TensorFields*>(object)
                                                           : nullptr;
}

bool recording();                        // whether this thread's operations are recorded
PyObject* wrap_tensor(PyObject* array);  // a leaf tensor around an array: a new reference

void add_tape(PyObject* module);  // tape.cpp: tensors
void add_node(PyObject* module);  // node.cpp: nodes

}  // namespace pydl::python
