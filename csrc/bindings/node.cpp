// The fields of a node of the graph, and how an operation is recorded: what `Function` in
// pydl/autograd/function.py is made of.
#include <structmember.h>

#include "bindings/array_type.h"
#include "bindings/tape.h"

namespace pydl::python {

namespace {

struct NodeFields {
  PyObject_HEAD PyObject* edges;
  PyObject* outputs;
  PyObject* hooks;
  PyObject* saved;
  PyObject* versions;
  PyObject* output;
  unsigned output_version;
  bool discards;  // keeps nothing: what forward gets where nothing is recorded
  long long id;
};

PyTypeObject NodeType;
PyTypeObject DiscardType;

NodeFields* node_of(PyObject* object) { return reinterpret_cast<NodeFields*>(object); }

// In the order of the struct.
PyMemberDef members[] = {
    {"edges", T_OBJECT_EX, offsetof(NodeFields, edges), 0,
     "for each argument what takes its gradient"},
    {"outputs", T_OBJECT_EX, offsetof(NodeFields, outputs), 0, "how many results there are"},
    {"hooks", T_OBJECT_EX, offsetof(NodeFields, hooks), 0,
     "functions that see the gradients of the results"},
    {"saved", T_OBJECT_EX, offsetof(NodeFields, saved), 0,
     "the tensors that backward needs; None: freed"},
    {"versions", T_OBJECT_EX, offsetof(NodeFields, versions), 0,
     "of the memory of each, when it was saved"},
    {"output", T_OBJECT_EX, offsetof(NodeFields, output), 0,
     "the result's array, where backward needs it"},
    {"output_version", T_UINT, offsetof(NodeFields, output_version), READONLY,
     "of the result's memory"},
    {"id", T_LONGLONG, offsetof(NodeFields, id), 0, "a node's is larger than those of its inputs"},
    {},
};

PyObject* fields_new(PyTypeObject* type, PyObject*, PyObject*) {
  static PyObject* const none_saved = PyTuple_New(0);
  static PyObject* const one = PyLong_FromLong(1);
  auto* self = node_of(type->tp_alloc(type, 0));
  if (!self) return nullptr;
  self->edges = Py_NewRef(none_saved);
  self->outputs = Py_NewRef(one);
  self->hooks = Py_NewRef(Py_None);
  self->saved = Py_NewRef(none_saved);
  self->versions = Py_NewRef(none_saved);
  self->output = Py_NewRef(Py_None);
  return reinterpret_cast<PyObject*>(self);
}

PyObject* discard_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  PyObject* self = fields_new(type, args, keywords);
  if (self) node_of(self)->discards = true;
  return self;
}

int discard_attribute(PyObject*, PyObject*, PyObject*) { return 0; }

// A subclass's own traverse visits the class.
int traverse(PyObject* object, visitproc visit, void* arg) {
  NodeFields* self = node_of(object);
  Py_VISIT(self->edges);
  Py_VISIT(self->outputs);
  Py_VISIT(self->hooks);
  Py_VISIT(self->saved);
  Py_VISIT(self->versions);
  Py_VISIT(self->output);
  return 0;
}

int clear(PyObject* object) {
  NodeFields* self = node_of(object);
  Py_CLEAR(self->edges);
  Py_CLEAR(self->outputs);
  Py_CLEAR(self->hooks);
  Py_CLEAR(self->saved);
  Py_CLEAR(self->versions);
  Py_CLEAR(self->output);
  return 0;
}

void dealloc(PyObject* object) {
  PyObject_GC_UnTrack(object);
  Py_TRASHCAN_BEGIN(object, dealloc);  // a long chain must not nest as deep as it is long
  clear(object);
  Py_TYPE(object)->tp_free(object);
  Py_TRASHCAN_END;
}

// Youngest first: the order in which backward runs them. Equal only to itself.
PyObject* compare(PyObject* x, PyObject* y, int operation) {
  if (operation != Py_LT || !PyObject_TypeCheck(y, &NodeType)) Py_RETURN_NOTIMPLEMENTED;
  return PyBool_FromLong(node_of(x)->id > node_of(y)->id);
}

uint32_t version_of(const TensorFields* x) {
  return is_array(x->array) ? unwrap(x->array).version() : 0;
}

// Keeps tensors, None for those that are not needed, and which version of their memory it was.
PyObject* save(PyObject* object, PyObject* const* tensors, Py_ssize_t count) {
  NodeFields* self = node_of(object);
  if (self->discards) Py_RETURN_NONE;
  PyObject* saved = PyTuple_New(count);
  PyObject* versions = PyTuple_New(count);
  if (!saved || !versions) return nullptr;
  for (Py_ssize_t i = 0; i < count; ++i) {
    const TensorFields* x = tensor_of(tensors[i]);
    PyTuple_SET_ITEM(saved, i, Py_NewRef(tensors[i]));
    PyTuple_SET_ITEM(versions, i, PyLong_FromUnsignedLong(x ? version_of(x) : 0));
  }
  Py_XSETREF(self->saved, saved);
  Py_XSETREF(self->versions, versions);
  Py_RETURN_NONE;
}

// Whether x requires a gradient, or is a view, which may turn out to when its history is refreshed.
bool may_require(const TensorFields* x) {
  return x->requires_grad == Py_True || x->base != Py_None;
}

PyObject* save_factors(PyObject* object, PyObject* const* factors, Py_ssize_t count) {
  const TensorFields* x = count == 2 ? tensor_of(factors[0]) : nullptr;
  const TensorFields* y = count == 2 ? tensor_of(factors[1]) : nullptr;
  if (!x || !y) {
    PyErr_SetString(PyExc_TypeError, "save_factors: expected two tensors");
    return nullptr;
  }
  PyObject* needed[] = {may_require(y) ? factors[0] : Py_None,
                        may_require(x) ? factors[1] : Py_None};
  return save(object, needed, 2);
}

PyObject* keep(PyObject* object, PyObject* array) {
  NodeFields* self = node_of(object);
  if (!self->discards && is_array(array)) {
    Py_XSETREF(self->output, Py_NewRef(array));
    self->output_version = unwrap(array).version();
  }
  return Py_NewRef(array);
}

// Raises what the node's `lost` makes of saved values that are not there, or not what they were.
PyObject* lost(PyObject* node) {
  PyObject* error = PyObject_CallMethod(node, "lost", nullptr);
  if (error) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error)), error);
  Py_XDECREF(error);
  return nullptr;
}

PyObject* get_saved(PyObject* object, void*) {
  const NodeFields* self = node_of(object);
  const bool whole = self->saved && PyTuple_Check(self->saved) && self->versions &&
                     PyTuple_Check(self->versions) &&
                     PyTuple_GET_SIZE(self->saved) == PyTuple_GET_SIZE(self->versions);
  if (!whole) return lost(object);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->saved); ++i) {
    const TensorFields* x = tensor_of(PyTuple_GET_ITEM(self->saved, i));
    if (x && version_of(x) != PyLong_AsUnsignedLong(PyTuple_GET_ITEM(self->versions, i))) {
      return lost(object);
    }
  }
  return Py_NewRef(self->saved);
}

// Makes node what made x.
void set_node(TensorFields* x, PyObject* node) {
  Py_XSETREF(x->node, Py_NewRef(node));
  Py_XSETREF(x->requires_grad, Py_NewRef(Py_True));
}

PyObject* saved_output(PyObject*, PyObject* node) {
  if (!PyObject_TypeCheck(node, &NodeType)) {
    PyErr_SetString(PyExc_TypeError, "saved_output: expected a node");
    return nullptr;
  }
  const NodeFields* self = node_of(node);
  if (!is_array(self->output) || unwrap(self->output).version() != self->output_version) {
    return lost(node);
  }
  PyObject* out = wrap_tensor(self->output);
  if (out && recording()) set_node(tensor_of(out), node);
  return out;
}

// Set by bind_tape: what gives a view whose base was written to the history that it has now, and
// what is told of each new node's id, where that is wanted.
PyObject* refresh = nullptr;
PyObject* on_record = Py_None;

long long last_id = 0;

// What takes the gradient of an argument: a new reference, None where nothing does.
PyObject* edge_of(PyObject* argument) {
  const TensorFields* x = tensor_of(argument);
  if (!x) return Py_NewRef(Py_None);
  const TensorFields* base = tensor_of(x->base);
  if (base && base->node != x->base_node) {
    PyObject* done = PyObject_CallOneArg(refresh, argument);
    if (!done) return nullptr;
    Py_DECREF(done);
  }
  if (x->requires_grad != Py_True) return Py_NewRef(Py_None);
  return Py_NewRef(!x->node || x->node == Py_None ? argument : x->node);
}

// Gives the node its edges and its id: 1, or 0 where no argument requires a gradient, -1 with an
// error.
int connect_node(NodeFields* node, PyObject* const* arguments, Py_ssize_t count) {
  PyObject* edges = PyTuple_New(count);
  if (!edges) return -1;
  int needed = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* edge = edge_of(arguments[i]);
    if (!edge) {
      Py_DECREF(edges);
      return -1;
    }
    if (edge != Py_None) needed = 1;
    PyTuple_SET_ITEM(edges, i, edge);
  }
  if (!needed) {
    Py_DECREF(edges);
    return 0;
  }
  Py_XSETREF(node->edges, edges);
  node->id = ++last_id;
  if (on_record != Py_None) {
    PyObject* done = PyObject_CallFunction(on_record, "L", node->id);
    if (!done) return -1;
    Py_DECREF(done);
  }
  return 1;
}

PyObject* connect(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count != 2 || !PyObject_TypeCheck(arguments[0], &NodeType) || !PyTuple_Check(arguments[1])) {
    PyErr_SetString(PyExc_TypeError, "connect: expected a node and a tuple of arguments");
    return nullptr;
  }
  const int found = connect_node(node_of(arguments[0]), &PyTuple_GET_ITEM(arguments[1], 0),
                                 PyTuple_GET_SIZE(arguments[1]));
  return found < 0 ? nullptr : PyBool_FromLong(found);
}

// (node, array, *arguments)
PyObject* record(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 2 || !PyObject_TypeCheck(arguments[0], &NodeType)) {
    PyErr_SetString(PyExc_TypeError, "record: expected a node and an array");
    return nullptr;
  }
  PyObject* out = wrap_tensor(arguments[1]);
  if (!out || !recording()) return out;
  const int found = connect_node(node_of(arguments[0]), arguments + 2, count - 2);
  if (found > 0) set_node(tensor_of(out), arguments[0]);
  if (found < 0) Py_CLEAR(out);
  return out;
}

// (node, array, x): the array shows memory of x.
PyObject* record_view(PyObject* module, PyObject* const* arguments, Py_ssize_t count) {
  const TensorFields* x = count == 3 ? tensor_of(arguments[2]) : nullptr;
  if (!x) {
    PyErr_SetString(PyExc_TypeError, "record_view: expected a node, an array and a tensor");
    return nullptr;
  }
  PyObject* out = record(module, arguments, count);
  if (!out) return nullptr;
  TensorFields* view = tensor_of(out);
  PyObject* base = tensor_of(x->base) ? x->base : arguments[2];
  Py_XSETREF(view->base, Py_NewRef(base));
  Py_XSETREF(view->base_node, Py_XNewRef(tensor_of(base)->node));
  return out;
}

PyObject* needs_node(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  bool needed = false;
  if (recording()) {
    for (Py_ssize_t i = 0; i < count; ++i) {
      const TensorFields* x = tensor_of(arguments[i]);
      needed |= x && may_require(x);
    }
  }
  return PyBool_FromLong(needed);
}

PyObject* next_id(PyObject*, PyObject*) { return PyLong_FromLongLong(++last_id); }

PyObject* bind_tape(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count != 2) {
    PyErr_SetString(PyExc_TypeError, "bind_tape: expected two functions");
    return nullptr;
  }
  Py_XSETREF(refresh, Py_NewRef(arguments[0]));
  Py_XSETREF(on_record, Py_NewRef(arguments[1]));
  Py_RETURN_NONE;
}

using Fast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
PyCFunction fast(Fast function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function));
}

PyMethodDef methods[] = {
    {"save", fast(save), METH_FASTCALL,
     "save($self, /, *tensors)\n--\n\nKeep tensors for backward, and which version of their memory "
     "it was."},
    {"save_factors", fast(save_factors), METH_FASTCALL,
     "save_factors($self, x, y, /)\n--\n\n`save` of the operands of a product: each is needed only "
     "for the other's gradient."},
    {"keep", keep, METH_O,
     "keep($self, array, /)\n--\n\nKeep forward's own result for backward, which gets it by "
     "`saved_output`; returns it."},
    {},
};

PyGetSetDef computed[] = {
    {"saved_tensors", get_saved, nullptr,
     "What forward saved; a StateError where it was freed by an earlier backward, or overwritten "
     "since.",
     nullptr},
    {},
};

PyMethodDef functions[] = {
    {"saved_output", saved_output, METH_O,
     "saved_output(node, /)\n--\n\nThe result that forward kept by ``ctx.keep``, as part of the "
     "graph again. Kept as an array, since a tensor would refer back to the node."},
    {"connect", fast(connect), METH_FASTCALL,
     "connect(node, arguments, /)\n--\n\nGive the node its edges; False where no argument requires "
     "a gradient."},
    {"record", fast(record), METH_FASTCALL,
     "record(node, array, /, *arguments)\n--\n\nThe tensor around a result, made by the node where "
     "an argument requires a gradient."},
    {"record_view", fast(record_view), METH_FASTCALL,
     "record_view(node, array, x, /)\n--\n\n`record` of a result that shows the memory of x."},
    {"needs_node", fast(needs_node), METH_FASTCALL,
     "needs_node(*arguments)\n--\n\nWhether an operation on these may have to be recorded."},
    {"next_id", next_id, METH_NOARGS, "next_id()\n--\n\nAn id as a node made now would get."},
    {"bind_tape", fast(bind_tape), METH_FASTCALL,
     "bind_tape(refresh, on_record, /)\n--\n\nThe functions for stale views, and for each new "
     "node's id (None: none)."},
    {},
};

}  // namespace

void add_node(PyObject* module) {
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&NodeType), 1);
  NodeType.tp_name = "pydl._C.NodeFields";
  NodeType.tp_doc = "The fields of a node.";
  NodeType.tp_basicsize = sizeof(NodeFields);
  NodeType.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
  NodeType.tp_new = fields_new;
  NodeType.tp_dealloc = dealloc;
  NodeType.tp_traverse = traverse;
  NodeType.tp_clear = clear;
  NodeType.tp_richcompare = compare;
  NodeType.tp_hash = PyBaseObject_Type.tp_hash;
  NodeType.tp_members = members;
  NodeType.tp_methods = methods;
  NodeType.tp_getset = computed;
  Py_SET_REFCNT(reinterpret_cast<PyObject*>(&DiscardType), 1);
  DiscardType.tp_name = "pydl._C.DiscardFields";
  DiscardType.tp_doc = "The fields of a node that keeps nothing, whatever is set.";
  DiscardType.tp_basicsize = sizeof(NodeFields);
  DiscardType.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
  DiscardType.tp_base = &NodeType;
  DiscardType.tp_new = discard_new;
  DiscardType.tp_setattro = discard_attribute;
  DiscardType.tp_traverse = traverse;
  DiscardType.tp_clear = clear;
  if (PyType_Ready(&NodeType) < 0 || PyType_Ready(&DiscardType) < 0 ||
      PyModule_AddObjectRef(module, "NodeFields", reinterpret_cast<PyObject*>(&NodeType)) < 0 ||
      PyModule_AddObjectRef(module, "DiscardFields", reinterpret_cast<PyObject*>(&DiscardType)) <
          0 ||
      PyModule_AddFunctions(module, functions) < 0) {
    throw pybind11::error_already_set();
  }
}

}  // namespace pydl::python
