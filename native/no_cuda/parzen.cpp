#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

std::size_t parzen_prepared_bytes(const ParzenView&) { throw_not_built(); }
void parzen_prepare(const Queue&, const ParzenView&) { throw_not_built(); }
std::size_t parzen_workspace_bytes(const ParzenView&, std::size_t) { throw_not_built(); }

void parzen_log_pdf(const Queue&, const ParzenView&, const double*, std::size_t, void*, double*) {
  throw_not_built();
}

void parzen_sample(const Queue&, const ParzenView&, std::uint64_t, std::uint64_t, std::size_t,
                   double*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
