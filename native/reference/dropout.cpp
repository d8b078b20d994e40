#include "reference/dropout.h"

#include "trialforge/random.h"

namespace trialforge::reference {

void dropout(const DropoutMask& mask, std::span<const double> x, std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto words = random_block(mask.seed, RandomPurpose::dropout, mask.step, i / 4);
    const bool dropped = words[i % 4] >> 8 < dropout_threshold(mask.rate);
    y[i] = dropped ? 0 : x[i] / (1 - static_cast<double>(mask.rate));
  }
}

}  // namespace trialforge::reference
