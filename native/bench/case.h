// What is measured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge::bench {

/** A size by which a peer program sets up the same work. */
struct Field {
  std::string name;
  int value = 0;
};

/** One piece of work, which gives one time. */
struct Case {
  std::string name;  // unique together with pass
  std::string pass;  // "forward", "backward input", "training", ...
  std::vector<Field> fields;
  double flops = 0;  // of one run, counted as in the direct algorithm
  double bytes = 0;  // every operand once; 0: not told
  int images = 0;    // images of one run; 0: not told as a rate
  /** Makes the operands and returns what is timed. Both may be destroyed in any order. */
  std::function<std::function<void()>()> prepare;
};

/** Where the cases run, and with which products. */
struct Target {
  Device device;
  Precision precision = Precision::float32;
};

std::vector<Case> cnn_cases(const Target& target);
std::vector<Case> conv2d_cases(const Target& target);
std::vector<Case> dense_cases(const Target& target);
std::vector<Case> parzen_cases(const Target& target);
std::vector<Case> pool2d_cases(const Target& target);
std::vector<Case> trial_array_cases(const Target& target);

}  // namespace trialforge::bench
