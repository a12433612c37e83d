// Convolutions of few places and many weights by matrix products: see conv_few.cpp.
#pragma once

#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

template <class T>
bool few_places(const ConvArgs& args, ConvPass pass);
template <class T>
size_t few_scratch(const ConvArgs& args, ConvPass pass);
template <class T>
void few_forward(const ConvArgs& args, T* y, const T* x, const T* w, const T* bias);
template <class T>
void few_input_grad(const ConvArgs& args, T* dx, const T* g, const T* w);
template <class T>
void few_weight_grad(const ConvArgs& args, T* dw, const T* g, const T* x);

}  // namespace pydl::PYDL_ISA
