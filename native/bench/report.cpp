#include "report.h"

#include <cstdio>

namespace trialforge::bench {
namespace {

/** The members that tell the case. Names and values are ours: nothing in them needs an escape. */
std::string members(const Case& c) {
  std::string json = "\"name\": \"" + c.name + "\", \"pass\": \"" + c.pass + "\"";
  for (const Field& field : c.fields) {
    json += ", \"" + field.name + "\": " + std::to_string(field.value);
  }
  return json;
}

std::string where(const Target& target) {
  if (target.device.kind() == DeviceKind::cuda) {
    return capabilities().cuda_devices[target.device.index()].name;
  }
  return std::to_string(target.device.threads()) + " threads, " + capabilities().instruction_set;
}

class JsonLines : public Report {
 public:
  void add(const Target& target, const Ceilings& ceilings) override {
    std::printf(
        "{\"device\": \"%s\", \"precision\": \"%s\", \"threads\": %d, \"instructionSet\": \"%s\", "
        "\"peakFlopsPerSecond\": %.6g, \"copyBytesPerSecond\": %.6g}\n",
        target.device.name().c_str(), precision_name(target.precision), target.device.threads(),
        capabilities().instruction_set.c_str(), ceilings.flops(target.precision),
        ceilings.copy_bytes);
    std::fflush(stdout);
  }

  void add(const Case& c, const Timing& timing) override {
    std::printf(
        "{%s, \"flops\": %.17g, \"bytes\": %.17g, \"images\": %d, \"seconds\": %.6g, "
        "\"minSeconds\": %.6g}\n",
        members(c).c_str(), c.flops, c.bytes, c.images, timing.median, timing.min);
    std::fflush(stdout);
  }
};

class Table : public Report {
 public:
  void add(const Target& target, const Ceilings& ceilings) override {
    const bool before = peak_ == 0;
    if (before) {
      peak_ = ceilings.flops(target.precision);
      copy_ = ceilings.copy_bytes;
    }
    std::printf("%s%s, %s; ceilings: %.0f GFLOP/s multiply-add, %.1f GB/s copy\n",
                before ? "" : "\n", where(target).c_str(), precision_name(target.precision),
                ceilings.flops(target.precision) / 1e9, ceilings.copy_bytes / 1e9);
    if (!before) return;
    std::printf("\n%-76s %10s %9s %7s %7s %7s %9s\n", "", "ms", "GFLOP/s", "% peak", "GB/s",
                "% copy", "images/s");
  }

  void add(const Case& c, const Timing& timing) override {
    std::printf("%-76s %10.3f", (c.name + ", " + c.pass).c_str(), timing.median * 1e3);
    rate(c.flops / timing.median, peak_, 9);
    rate(c.bytes / timing.median, copy_, 7);
    if (c.images > 0) std::printf(" %9.0f", c.images / timing.median);
    std::printf("\n");
    std::fflush(stdout);
  }

 private:
  static void rate(double value, double ceiling, int width) {
    if (value > 0) {
      std::printf(" %*.1f %7.1f", width, value / 1e9, 100 * value / ceiling);
    } else {
      std::printf(" %*s %7s", width, "", "");
    }
  }

  double peak_ = 0, copy_ = 0;
};

}  // namespace

void print_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) std::printf("{%s}\n", members(c).c_str());
}

std::unique_ptr<Report> make_table() { return std::make_unique<Table>(); }
std::unique_ptr<Report> make_json_lines() { return std::make_unique<JsonLines>(); }

}  // namespace trialforge::bench
