// Several trials of the paper's network: one after the other, and side by side. On the CPU the
// first has all threads and of the second each trial one; on CUDA the second makes common steps.
#include <thread>

#include "case.h"
#include "paper_network.h"
#include "trialforge/error.h"

namespace trialforge::bench {
namespace {

constexpr int batch = 32;
constexpr int trials_on_cuda = 16;

/** Trials that differ in their seed, and the data they train on. */
class Trials {
 public:
  Trials(const Target& target, int trials, int units, int images)
      : data_(synthetic_digits(target.device, images)) {
    for (int i = 0; i < trials; ++i) {
      specs_.push_back(paper_network(units, target.precision));
      specs_.back().seed = static_cast<std::uint64_t>(i);
    }
  }

  /** On `device`, each by itself. */
  void add_apart(const Device& device) {
    for (const NetworkSpec& spec : specs_) networks_.emplace_back(device, spec);
  }
  /** On a thread each. */
  void add_on_threads() {
    // A Device takes one caller at a time.
    for (const NetworkSpec& spec : specs_) networks_.emplace_back(Device::cpu(1), spec);
  }
  /** Made to train together. */
  void add_together(const Device& device) {
    networks_ = make_networks(device, specs_);
    for (Network& network : networks_) members_.push_back(&network);
  }

  void train_in_turn() {
    for (std::size_t i = 0; i < networks_.size(); ++i) train(i);
  }
  void train_on_threads() {
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < networks_.size(); ++i) others.emplace_back([=, this] { train(i); });
    train(0);
    for (std::thread& other : others) other.join();
  }
  void train_together() { train_epoch(members_, *data_, {.batch_size = batch}); }

 private:
  void train(std::size_t i) { networks_[i].train_epoch(*data_, {.batch_size = batch}); }

  std::shared_ptr<const Dataset> data_;
  std::vector<NetworkSpec> specs_;
  std::vector<Network> networks_;
  std::vector<Network*> members_;
};

}  // namespace

std::vector<Case> trial_array_cases(const Target& target) {
  const bool on_cuda = target.device.kind() == DeviceKind::cuda;
  const int images_a_trial = on_cuda ? 4096 : 256;
  const int trials = on_cuda ? trials_on_cuda : target.device.threads();
  require(trials >= 2, "trial-array: side by side needs 2 threads or more");
  std::vector<Case> cases;
  for (const int units : {128, 512}) {
    const std::string name = std::to_string(trials) + " trials, dense " + std::to_string(units) +
                             ", batch " + std::to_string(batch);
    const std::vector<Field> fields = {{"batch", batch}, {"units", units}, {"trials", trials}};
    const int images = trials * images_a_trial;
    const double flops = images * training_flops(paper_network(units));
    const auto make = [=] {
      return std::make_shared<Trials>(target, trials, units, images_a_trial);
    };
    cases.push_back({name, "one after the other", fields, flops, 0, images, [=] {
                       const auto all = make();
                       all->add_apart(target.device);
                       return [=] { all->train_in_turn(); };
                     }});
    cases.push_back(
        {name, "side by side", fields, flops, 0, images, [=]() -> std::function<void()> {
           const auto all = make();
           if (on_cuda) {
             all->add_together(target.device);
             return [=] { all->train_together(); };
           }
           all->add_on_threads();
           return [=] { all->train_on_threads(); };
         }});
  }
  return cases;
}

}  // namespace trialforge::bench
