// Activations and their gradients. The enumeration of them is a template parameter, because this
// folder includes nothing else.
#pragma once

namespace trialforge::cuda::device {

/** f(x). NaN stays NaN. */
template <auto activation>
__device__ __forceinline__ float activation_value(float x) {
  using Activation = decltype(activation);
  if constexpr (activation == Activation::relu) return x <= 0 ? 0.0f : x;
  if constexpr (activation == Activation::elu) return x > 0 ? x : expm1f(x);
  if constexpr (activation == Activation::tanh) return tanhf(x);
  if constexpr (activation == Activation::sigmoid) return 1 / (1 + expf(-x));
  if constexpr (activation == Activation::softplus) {
    return (x > 0 ? x : 0.0f) + log1pf(expf(-fabsf(x)));
  }
  return x;
}

/** dy * f'(x), where y = f(x). */
template <auto activation>
__device__ __forceinline__ float activation_gradient(float y, float dy) {
  using Activation = decltype(activation);
  if constexpr (activation == Activation::relu) return y <= 0 ? 0.0f : dy;
  if constexpr (activation == Activation::elu) return y > 0 ? dy : dy * (y + 1);
  if constexpr (activation == Activation::tanh) return dy * ((1 - y) * (1 + y));
  if constexpr (activation == Activation::sigmoid) return dy * (y * (1 - y));
  if constexpr (activation == Activation::softplus) return dy * -expm1f(-y);
  return dy;
}

/** What with_activation gives to `body`; `value` is the activation. */
template <auto activation>
struct ActivationConstant {
  static constexpr auto value = activation;
};

/**
 * Calls body(constant) with decltype(constant)::value the activation. On the host it picks a
 * kernel; in a kernel it is one branch that all threads take alike, for where a kernel for every
 * activation would be too many.
 */
#pragma nv_exec_check_disable
template <typename Activation, typename Body>
__host__ __device__ __forceinline__ void with_activation(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::linear:
      return body(ActivationConstant<Activation::linear>{});
    case Activation::relu:
      return body(ActivationConstant<Activation::relu>{});
    case Activation::elu:
      return body(ActivationConstant<Activation::elu>{});
    case Activation::tanh:
      return body(ActivationConstant<Activation::tanh>{});
    case Activation::sigmoid:
      return body(ActivationConstant<Activation::sigmoid>{});
    case Activation::softplus:
      return body(ActivationConstant<Activation::softplus>{});
  }
}

}  // namespace trialforge::cuda::device
