// Several trials of the paper's network, one after the other on all threads, or side by side on one
// thread each.
#include <thread>

#include "case.h"
#include "paper_network.h"
#include "trialforge/error.h"

namespace trialforge::bench {
namespace {

constexpr int images_a_trial = 256;
constexpr int batch = 32;

using Networks = std::vector<std::shared_ptr<Network>>;

Networks make_trials(int trials, const Device& device, int units) {
  Networks networks;
  for (int i = 0; i < trials; ++i) {
    NetworkSpec spec = paper_network(units);
    spec.seed = static_cast<std::uint64_t>(i);
    networks.push_back(std::make_shared<Network>(device, spec));
  }
  return networks;
}

void train(Network& network, const Dataset& data) {
  network.train_epoch(data, {.batch_size = batch});
}

}  // namespace

std::vector<Case> trial_array_cases(const Device& device) {
  const int trials = device.threads();
  require(trials >= 2, "trial-array: side by side needs 2 threads or more");
  std::vector<Case> cases;
  for (const int units : {128, 512}) {
    const std::string name = std::to_string(trials) + " trials, dense " + std::to_string(units) +
                             ", batch " + std::to_string(batch);
    const std::vector<Field> fields = {{"batch", batch}, {"units", units}, {"trials", trials}};
    const int images = trials * images_a_trial;
    const double flops = images * training_flops(paper_network(units));
    cases.push_back({name, "one after the other", fields, flops, 0, images, [=] {
                       const auto data = synthetic_digits(device, images_a_trial);
                       const Networks networks = make_trials(trials, device, units);
                       return [=] {
                         for (const auto& network : networks) train(*network, *data);
                       };
                     }});
    cases.push_back({name, "side by side", fields, flops, 0, images, [=] {
                       const auto data = synthetic_digits(device, images_a_trial);
                       Networks networks;
                       for (int i = 0; i < trials; ++i) {
                         // A Device takes one caller at a time.
                         networks.push_back(make_trials(1, Device::cpu(1), units).front());
                       }
                       return [=] {
                         std::vector<std::thread> others;
                         for (int i = 1; i < trials; ++i) {
                           others.emplace_back([=] { train(*networks[i], *data); });
                         }
                         train(*networks[0], *data);
                         for (std::thread& other : others) other.join();
                       };
                     }});
  }
  return cases;
}

}  // namespace trialforge::bench
