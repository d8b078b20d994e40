#include <cstdio>

#include "cuda_runtime.h"
#include "testing.h"

int main(int argc, char** argv) {
  const int status = trialforge::testing::run_cases(argc, argv);
  const std::string leftovers = trialforge::emulation::leftovers();
  if (leftovers.empty()) return status;
  std::fprintf(stderr, "the emulated device: %s\n", leftovers.c_str());
  return 1;
}
