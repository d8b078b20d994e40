#include "cuda/kernel_range.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

void expect_name(const char* mangled, const std::string& expected) {
  const std::string name = cuda::short_kernel_name(mangled);
  check(name == expected, "'" + name + "', not '" + expected + "'");
}

const Register names("profile: names of kernels without namespaces and parameters", [] {
  expect_name(
      "_ZN10trialforge4cuda44_GLOBAL__N__4ac4415d_11_ceilings_cu_3e70bb2b19multiply_add_kernelINS1_"
      "12TensorChainsILNS_9PrecisionE2EEEEEviffPf",
      "multiply_add_kernel<TensorChains<(Precision)2> >");
  expect_name("_Z4copyPKfPf", "copy");
  expect_name("no C++ name", "no C++ name");
});

}  // namespace
}  // namespace trialforge::testing
