// What the program prints: a table to read, or JSON, one object a line, to go on with.
#pragma once

#include <memory>

#include "case.h"
#include "trialforge/ceilings.h"
#include "trialforge/timing.h"

namespace trialforge::bench {

/** One JSON object a line: what a peer program needs to set up the same work. */
void print_cases(const std::vector<Case>& cases);

class Report {
 public:
  virtual ~Report() = default;
  /** Once before the cases and once after them, because the speed of a machine changes. */
  virtual void add(const Target& target, const Ceilings& ceilings) = 0;
  virtual void add(const Case& measured, const Timing& timing) = 0;
};

std::unique_ptr<Report> make_table();
std::unique_ptr<Report> make_json_lines();

}  // namespace trialforge::bench
