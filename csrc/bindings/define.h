// Functions on arrays for Python, without pybind11's search for an overload, which costs 40 to 100
// ns a call: arguments are positional, each is converted by its caster, and that is all. Where one
// does not fit, pybind11's own function of that name is called, which says what is wrong.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <tuple>
#include <utility>

#include "bindings/families.h"

namespace pydl::python {

template <auto function>
struct Direct;

template <class Result, class... Parameters, Result (*function)(Parameters...)>
struct Direct<function> {
  static inline PyMethodDef definition;
  static inline PyObject* checked;  // pybind11's function

  template <size_t... i>
  static PyObject* call(PyObject* const* arguments, std::index_sequence<i...>) {
    std::tuple<pybind11::detail::make_caster<Parameters>...> casters;
    if (!(std::get<i>(casters).load(arguments[i], true) && ...)) {
      PyErr_Clear();
      return PyObject_Vectorcall(checked, arguments, sizeof...(Parameters), nullptr);
    }
    if constexpr (std::is_void_v<Result>) {
      function(pybind11::detail::cast_op<Parameters>(std::get<i>(casters))...);
      Py_RETURN_NONE;
    } else {
      return pybind11::detail::make_caster<Result>::cast(
                 function(pybind11::detail::cast_op<Parameters>(std::get<i>(casters))...),
                 pybind11::return_value_policy::move, {})
          .ptr();
    }
  }

  static PyObject* enter(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
    if (count != static_cast<Py_ssize_t>(sizeof...(Parameters))) {
      return PyObject_Vectorcall(checked, arguments, count, nullptr);
    }
    try {
      return call(arguments, std::index_sequence_for<Parameters...>());
    } catch (...) {
      return raise(std::current_exception());
    }
  }
};

// m.def(name, function) for positional arguments.
template <auto function, class... Extra>
void def(pybind11::module_& m, const char* name, const Extra&... extra) {
  using Entry = Direct<function>;
  m.def(name, function, extra...);
  Entry::checked = pybind11::object(m.attr(name)).release().ptr();
  const auto* made = reinterpret_cast<PyCFunctionObject*>(Entry::checked)->m_ml;
  Entry::definition = {made->ml_name,
                       reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(Entry::enter)),
                       METH_FASTCALL, made->ml_doc};
  m.attr(name) = pybind11::reinterpret_steal<pybind11::object>(
      PyCFunction_NewEx(&Entry::definition, nullptr, m.attr("__name__").ptr()));
}

}  // namespace pydl::python
