#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

bool is_built() noexcept { return false; }
bool is_available() noexcept { return false; }
std::string unavailable_reason() { return not_built; }
int runtime_version() noexcept { return 0; }
int driver_version() noexcept { return 0; }
std::vector<CudaDeviceInfo> devices() { return {}; }
int device_count() noexcept { return 0; }
std::shared_ptr<void> make_stream(int) { throw_not_built(); }
void synchronize(const Queue&) { throw_not_built(); }

}  // namespace trialforge::cuda
