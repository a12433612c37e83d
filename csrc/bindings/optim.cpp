#include "bindings/array_type.h"
#include "bindings/families.h"
#include "ops/ops.h"

namespace py = pybind11;

namespace pybind11::detail {

// A list of arrays, borrowed for the time of the call.
template <>
struct type_caster<pydl::Arrays> {
  PYBIND11_TYPE_CASTER(pydl::Arrays, const_name("list[Array]"));
  bool load(handle source, bool) {
    if (!PyList_Check(source.ptr())) return false;
    const Py_ssize_t count = PyList_GET_SIZE(source.ptr());
    value.reserve(count);
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* item = PyList_GET_ITEM(source.ptr(), i);
      if (!pydl::python::is_array(item)) return false;
      value.push_back(&pydl::python::unwrap(item));
    }
    return true;
  }
};

}  // namespace pybind11::detail

namespace pydl::python {

namespace {

void step(Optimizer kind, double lr, double weight_decay, double beta1, double beta2, double eps,
          double momentum, double dampening, double lr_decay, bool nesterov, bool centered,
          bool amsgrad, bool maximize, const Arrays& parameters, const Arrays& grads,
          const Arrays& steps, int64_t number, const Arrays& state0, const Arrays& state1,
          const Arrays& state2, const Arrays& scalars0, const Arrays& scalars1) {
  optimizer_step(
      {kind, lr, weight_decay, beta1, beta2, eps, momentum, dampening, lr_decay, nesterov, centered,
       amsgrad, maximize},
      {parameters, grads, steps, number, {state0, state1, state2}, {scalars0, scalars1}});
}

}  // namespace

void add_optim(py::module_& m) {
  m.def("optimizer_step", &step, py::arg("kind"), py::arg("lr"), py::arg("weight_decay"),
        py::arg("beta1"), py::arg("beta2"), py::arg("eps"), py::arg("momentum"),
        py::arg("dampening"), py::arg("lr_decay"), py::arg("nesterov"), py::arg("centered"),
        py::arg("amsgrad"), py::arg("maximize"), py::arg("parameters"), py::arg("grads"),
        py::arg("steps"), py::arg("step"), py::arg("state0"), py::arg("state1"), py::arg("state2"),
        py::arg("scalars0"), py::arg("scalars1"),
        "One step of all parameters of a group, in place. `steps` count the steps before; empty: "
        "all are at `step`. `scalars` are a float32 each, state too.");
}

}  // namespace pydl::python
