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
      "_ZN10trialforge4cuda54_GLOBAL__N__8a1b2c3d_13_activation_cu_12345678_12345614forward_"
      "kernelILNS_10ActivationE1ELi4EEEvPKfPfm",
      "forward_kernel<(Activation)1, 4>");
  expect_name("_Z4copyPKfPf", "copy");
  expect_name("no C++ name", "no C++ name");
});

}  // namespace
}  // namespace trialforge::testing
