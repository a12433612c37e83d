#include "bindings/tape.h"

#include <structmember.h>

#include <utility>

#include "bindings/array_type.h"
#include "bindings/families.h"

namespace pydl::python {

PyTypeObject FieldsType;

namespace {

PyTypeObject* tensor_type = &FieldsType;  // what wrap_tensor makes: set by bind_tensor

// In the order of the struct; the interpreter reads members of this kind as fast as slots.
PyMemberDef members[] = {
    {"array", T_OBJECT_EX, offsetof(TensorFields, array), 0, "the memory"},
    {"node", T_OBJECT_EX, offsetof(TensorFields, node), 0, "what made it; None for a leaf"},
    {"base", T_OBJECT_EX, offsetof(TensorFields, base), 0, "of a view: whose memory it shows"},
    {"base_node", T_OBJECT_EX, offsetof(TensorFields, base_node), 0,
     "the base's node when `node` was made"},
    {"hooks", T_OBJECT_EX, offsetof(TensorFields, hooks), 0, "functions that see the gradient"},
    {"_requires_grad", T_OBJECT_EX, offsetof(TensorFields, requires_grad), 0,
     "whether operations are recorded"},
    {},
};

PyObject* get_grad(PyObject* object, void*) {
  PyObject* grad = reinterpret_cast<TensorFields*>(object)->grad;
  return Py_NewRef(grad ? grad : Py_None);
}

// A gradient has the shape and dtype of what it belongs to.
int set_grad(PyObject* object, PyObject* value, void*) {
  auto* self = reinterpret_cast<TensorFields*>(object);
  if (value == nullptr) value = Py_None;
  if (value != Py_None) {
    try {
      check(PyObject_TypeCheck(value, &FieldsType), ErrorKind::kDType,
            "grad: expected a tensor or None, got ", Py_TYPE(value)->tp_name);
      PyObject* array = reinterpret_cast<TensorFields*>(value)->array;
      if (is_array(array) && is_array(self->array)) {
        const Array &g = unwrap(array), &x = unwrap(self->array);
        check(same(g.shape(), x.shape()), ErrorKind::kShape, "grad: expected a gradient of shape ",
              x.shape(), ", got ", g.shape());
        check(g.dtype() == x.dtype(), ErrorKind::kDType, "grad: expected a gradient of dtype ",
              x.dtype(), ", got ", g.dtype());
      }
    } catch (...) {
      translate(std::current_exception());
      return -1;
    }
  }
  Py_XSETREF(self->grad, Py_NewRef(value));
  return 0;
}

PyGetSetDef computed[] = {
    {"grad", get_grad, set_grad, "the gradient; None before backward", nullptr},
    {},
};

PyObject* make(PyTypeObject* type, PyObject* array) {
  auto* self = reinterpret_cast<TensorFields*>(type->tp_alloc(type, 0));
  if (!self) return nullptr;
  self->array = Py_NewRef(array);
  self->node = Py_NewRef(Py_None);
  self->grad = Py_NewRef(Py_None);
  self->base = Py_NewRef(Py_None);
  self->base_node = Py_NewRef(Py_None);
  self->hooks = Py_NewRef(Py_None);
  self->requires_grad = Py_NewRef(Py_False);
  return reinterpret_cast<PyObject*>(self);
}

PyObject* fields_new(PyTypeObject* type, PyObject*, PyObject*) { return make(type, Py_None); }

// A subclass's own traverse visits the class.
int traverse(PyObject* object, visitproc visit, void* arg) {
  auto* self = reinterpret_cast<TensorFields*>(object);
  Py_VISIT(self->array);
  Py_VISIT(self->node);
  Py_VISIT(self->grad);
  Py_VISIT(self->base);
  Py_VISIT(self->base_node);
  Py_VISIT(self->hooks);
  return 0;
}

int clear(PyObject* object) {
  auto* self = reinterpret_cast<TensorFields*>(object);
  Py_CLEAR(self->array);
  Py_CLEAR(self->node);
  Py_CLEAR(self->grad);
  Py_CLEAR(self->base);
  Py_CLEAR(self->base_node);
  Py_CLEAR(self->hooks);
  Py_CLEAR(self->requires_grad);
  return 0;
}

void dealloc(PyObject* object) {
  PyObject_GC_UnTrack(object);
  // A long chain of nodes and tensors must not nest as deep as it is long.
  Py_TRASHCAN_BEGIN(object, dealloc);
  if (reinterpret_cast<TensorFields*>(object)->weak_references) PyObject_ClearWeakRefs(object);
  clear(object);
  Py_TYPE(object)->tp_free(object);
  Py_TRASHCAN_END;
}

PyObject* wrap_array(PyObject*, PyObject* array) { return wrap_tensor(array); }

PyObject* bind_tensor(PyObject*, PyObject* type) {
  if (!PyType_Check(type) ||
      !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type), &FieldsType)) {
    PyErr_SetString(PyExc_TypeError, "bind_tensor: expected a subclass of TensorFields");
    return nullptr;
  }
  tensor_type = reinterpret_cast<PyTypeObject*>(Py_NewRef(type));
  Py_RETURN_NONE;
}

// Whether ops record a graph: one flag for each thread, as PyTorch has it.
thread_local bool grad_mode = true;

PyObject* grad_enabled(PyObject*, PyObject*) { return PyBool_FromLong(grad_mode); }

PyObject* set_grad_enabled(PyObject*, PyObject* enabled) {
  const int value = PyObject_IsTrue(enabled);
  if (value < 0) return nullptr;
  return PyBool_FromLong(std::exchange(grad_mode, value != 0));
}

int difference(const Array& x, const Array& y) {
  return (same(x.shape(), y.shape()) ? 0 : 1) | (x.dtype() == y.dtype() ? 0 : 2);
}

PyObject* match(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count != 2 || !is_array(arguments[0]) || !is_array(arguments[1])) {
    PyErr_SetString(PyExc_TypeError, "match: expected two arrays");
    return nullptr;
  }
  return PyLong_FromLong(difference(unwrap(arguments[0]), unwrap(arguments[1])));
}

PyObject* alike(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  const TensorFields* x = count == 2 ? tensor_of(arguments[0]) : nullptr;
  const TensorFields* y = count == 2 ? tensor_of(arguments[1]) : nullptr;
  return PyBool_FromLong(x && y && is_array(x->array) && is_array(y->array) &&
                         difference(unwrap(x->array), unwrap(y->array)) == 0);
}

PyMethodDef functions[] = {
    {"grad_enabled", grad_enabled, METH_NOARGS,
     "grad_enabled()\n--\n\nWhether operations are recorded in this thread."},
    {"set_grad_enabled", set_grad_enabled, METH_O,
     "set_grad_enabled(enabled, /)\n--\n\nReturns what it was."},
    {"match", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(match)), METH_FASTCALL,
     "match(x, y, /)\n--\n\nWhat stands between two operands and a binary op: 0 nothing, 1 other "
     "shapes, 2 other dtypes, 3 both."},
    {"alike", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(alike)), METH_FASTCALL,
     "alike(x, y, /)\n--\n\nWhether both are tensors, of one shape and one dtype."},
    {"wrap", wrap_array, METH_O, "wrap(array, /)\n--\n\nA leaf tensor around an array."},
    {"bind_tensor", bind_tensor, METH_O,
     "bind_tensor(type, /)\n--\n\nThe class of what wrap makes."},
    {},
};

}  // namespace

bool recording() { return grad_mode; }

PyObject* wrap_tensor(PyObject* array) { return make(tensor_type, array); }

void add_tape(PyObject* module) {
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&FieldsType), 1);
  FieldsType.tp_name = "pydl._C.TensorFields";
  FieldsType.tp_doc = "The fields of a tensor.";
  FieldsType.tp_basicsize = sizeof(TensorFields);
  FieldsType.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
  FieldsType.tp_new = fields_new;
  FieldsType.tp_dealloc = dealloc;
  FieldsType.tp_traverse = traverse;
  FieldsType.tp_clear = clear;
  FieldsType.tp_members = members;
  FieldsType.tp_getset = computed;
  FieldsType.tp_weaklistoffset = offsetof(TensorFields, weak_references);
  if (PyType_Ready(&FieldsType) < 0 ||
      PyModule_AddObjectRef(module, "TensorFields", reinterpret_cast<PyObject*>(&FieldsType)) < 0 ||
      PyModule_AddFunctions(module, functions) < 0) {
    throw pybind11::error_already_set();
  }
}

}  // namespace pydl::python
