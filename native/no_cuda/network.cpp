#include "cuda/backend.h"
#include "no_cuda/unavailable.h"
#include "ops/network_engine.h"

namespace trialforge::cuda {

std::vector<std::unique_ptr<NetworkEngine>> make_networks(const Device&,
                                                          std::span<const NetworkSpec>,
                                                          std::span<const NetworkPlan* const>,
                                                          std::shared_ptr<MemoryBudget>) {
  throw_not_built();
}

std::vector<Metrics> train_epoch(std::span<NetworkEngine* const>, const Dataset&,
                                 const EpochOptions&) {
  throw_not_built();
}

std::vector<Metrics> evaluate(std::span<NetworkEngine* const>, const Dataset&, int,
                              const std::atomic<bool>*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
