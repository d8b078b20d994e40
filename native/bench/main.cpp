// The engine against the machine's own ceilings: multiply-adds in registers and copying in
// memory, measured in the same run.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "case.h"
#include "report.h"
#include "trialforge/ceilings.h"
#include "trialforge/error.h"
#include "trialforge/timing.h"

namespace trialforge::bench {
namespace {

constexpr const char* usage =
    "Usage: trialforge_bench SUBJECT [options]\n"
    "\n"
    "Subjects:\n"
    "  cnn          the paper's network: training, inference, and every layer\n"
    "  conv         convolutions of real networks\n"
    "  dense        dense layers of real networks\n"
    "  parzen       log-densities of mixtures, and draws from them\n"
    "  pool         poolings of real networks\n"
    "  trial-array  several trainings, one after the other and side by side\n"
    "\n"
    "Options:\n"
    "  --device NAME  cpu, cuda or cuda:N (default: cpu)\n"
    "  --precision P  float32; on CUDA also tf32 and bfloat16, of convolutions and dense layers\n"
    "                 (default: float32)\n"
    "  --threads N    threads of the CPU (default: all cores)\n"
    "  --seconds X    least length of one timing (default: 0.2)\n"
    "  --repeats N    timings of which the median is told (default: 5)\n"
    "  --only TEXT    only cases with TEXT in their name or pass\n"
    "  --json         one JSON object a line: the ceilings, each case, the ceilings\n"
    "  --list-cases   print the cases, one JSON object a line, and measure nothing\n"
    "  --help\n"
    "\n"
    "The ceilings are the best of their timings. GFLOP/s count the direct algorithm, GB/s every\n"
    "operand once; what stays in a cache may exceed the copy bandwidth.\n";

struct Subject {
  const char* name;
  std::vector<Case> (*cases)(const Target&);
};

constexpr Subject subjects[] = {
    {"cnn", cnn_cases},       {"conv", conv2d_cases}, {"dense", dense_cases},
    {"parzen", parzen_cases}, {"pool", pool2d_cases}, {"trial-array", trial_array_cases},
};

struct Options {
  const Subject* subject = nullptr;
  TimingOptions timing;
  int threads = 0;
  std::string device = "cpu";
  Precision precision = Precision::float32;
  std::string only;
  bool json = false, list = false, help = false;
};

bool parse_positive(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0;
}

/** Not by from_chars, which lacks it for floating point in older libraries. */
bool parse_positive(std::string_view text, double& value) {
  char* end = nullptr;
  value = std::strtod(text.data(), &end);
  return end == text.data() + text.size() && value > 0 && std::isfinite(value);
}

bool parse_precision(std::string_view text, Precision& precision) {
  for (const Precision one : {Precision::float32, Precision::tf32, Precision::bfloat16}) {
    if (text != precision_name(one)) continue;
    precision = one;
    return true;
  }
  return false;
}

/** Empty for arguments that make no sense. */
std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto value = [&]() -> std::string_view { return i + 1 < argc ? argv[++i] : ""; };
    bool good = true;
    if (argument == "--help") {
      options.help = true;
    } else if (argument == "--json") {
      options.json = true;
    } else if (argument == "--list-cases") {
      options.list = true;
    } else if (argument == "--threads") {
      good = parse_positive(value(), options.threads);
    } else if (argument == "--device") {
      options.device = value();
      good = !options.device.empty();
    } else if (argument == "--precision") {
      good = parse_precision(value(), options.precision);
    } else if (argument == "--seconds") {
      good = parse_positive(value(), options.timing.seconds);
    } else if (argument == "--repeats") {
      good = parse_positive(value(), options.timing.repeats);
    } else if (argument == "--only") {
      options.only = value();
      good = !options.only.empty();
    } else {
      good = options.subject == nullptr;
      for (const Subject& subject : subjects) {
        if (argument == subject.name) options.subject = &subject;
      }
      good = good && options.subject != nullptr;
    }
    if (!good) return std::nullopt;
  }
  if (options.subject == nullptr && !options.help) return std::nullopt;
  return options;
}

std::vector<Case> chosen_cases(const Options& options, const Target& target) {
  std::vector<Case> cases = options.subject->cases(target);
  std::erase_if(cases, [&](const Case& c) {
    return (c.name + ", " + c.pass).find(options.only) == std::string::npos;
  });
  return cases;
}

Target target_of(const Options& options) {
  const Target target{Device::named(options.device, options.threads), options.precision};
  require(target.device.kind() == DeviceKind::cuda || options.precision == Precision::float32,
          "--precision " + std::string(precision_name(options.precision)) +
              " needs --device cuda; the CPU has float32 only");
  return target;
}

void run(const Options& options) {
  const Target target = target_of(options);
  const std::vector<Case> cases = chosen_cases(options, target);
  if (options.list) return print_cases(cases);
  const auto report = options.json ? make_json_lines() : make_table();
  const auto ceilings = [&] {
    report->add(target, measure_ceilings(target.device, {.seconds = options.timing.seconds,
                                                         .repeats = options.timing.repeats}));
  };
  ceilings();
  for (const Case& c : cases) {
    const auto body = c.prepare();
    report->add(c, time_runs(target.device, options.timing, body));
  }
  ceilings();
}

}  // namespace
}  // namespace trialforge::bench

int main(int argc, char** argv) {
  using namespace trialforge;
  const auto options = bench::parse(argc, argv);
  if (!options || options->help) {
    std::fputs(bench::usage, options ? stdout : stderr);
    return options ? 0 : 2;
  }
  try {
    bench::run(*options);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.code() == ErrorCode::invalid_argument ? 2 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
