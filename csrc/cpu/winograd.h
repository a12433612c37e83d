// Convolutions by Winograd's minimal filtering: see winograd.cpp.
#pragma once

#include "cpu/kernels.h"

namespace pydl::PYDL_ISA {

// Whether a pass is done so: allowed, of the right shape, and cheaper than directly.
template <class T>
bool winograd_pays(const ConvArgs& args, ConvPass pass);
template <class T>
size_t winograd_scratch(const ConvArgs& args, ConvPass pass);

// False if not all results are finite: an infinity or NaN spreads over its whole tile then, and the
// pass has to be done directly.
template <class T>
bool winograd_forward(const ConvArgs& args, T* y, const T* x, const T* w, const T* bias);
template <class T>
bool winograd_input_grad(const ConvArgs& args, T* dx, const T* g, const T* w);
template <class T>
bool winograd_weight_grad(const ConvArgs& args, T* dw, const T* g, const T* x);

}  // namespace pydl::PYDL_ISA
