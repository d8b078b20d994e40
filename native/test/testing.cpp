#include "testing.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "trialforge/random.h"

namespace trialforge::testing {
namespace {

struct Case {
  std::string name;
  std::function<void()> body;
};

std::vector<Case>& cases() {
  static std::vector<Case> table;
  return table;
}

/** Whether the parts of `filter` between its asterisks follow one another in `name`. */
bool contains(const std::string& name, const std::string& filter) {
  std::size_t at = 0;
  for (std::size_t begin = 0; begin <= filter.size();) {
    const std::size_t end = std::min(filter.find('*', begin), filter.size());
    const std::string part = filter.substr(begin, end - begin);
    at = name.find(part, at);
    if (at == std::string::npos) return false;
    at += part.size();
    begin = end + 1;
  }
  return true;
}

}  // namespace

Register::Register(std::string name, std::function<void()> body) {
  cases().push_back({std::move(name), std::move(body)});
}

void check(bool condition, const std::string& message) {
  if (!condition) throw Failure(message);
}

void expect_error(ErrorCode code, const std::string& part, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    check(error.code() == code,
          std::string("wrong error code ") + error_code_name(error.code()) + ": " + error.what());
    check(std::strstr(error.what(), part.c_str()) != nullptr,
          "the message does not say '" + part + "': " + error.what());
    return;
  }
  throw Failure("no error, expected one that says '" + part + "'");
}

std::vector<float> random_floats(std::size_t n, std::uint64_t seed, float low, float high) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto words = random_block(seed, RandomPurpose::split, 0, i / 4);
    values[i] = low + (high - low) * uniform_float(words[i % 4]);
  }
  return values;
}

std::vector<double> to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

int run_cases(int argc, char** argv) {
  const std::vector<std::string> filters(argv + std::min(argc, 1), argv + argc);
  int passed = 0, failed = 0, skipped = 0;
  for (const Case& test : cases()) {
    const auto matches = [&](const std::string& filter) { return contains(test.name, filter); };
    if (!filters.empty() && std::ranges::none_of(filters, matches)) continue;
    try {
      test.body();
      ++passed;
      std::printf("ok      %s\n", test.name.c_str());
    } catch (const Skipped& why) {
      ++skipped;
      std::printf("skipped %s: %s\n", test.name.c_str(), why.what());
    } catch (const std::exception& error) {
      ++failed;
      std::printf("FAILED  %s: %s\n", test.name.c_str(), error.what());
    }
    std::fflush(stdout);
  }
  std::printf("%d passed, %d failed", passed, failed);
  if (skipped > 0) std::printf(", %d skipped", skipped);
  std::printf("\n");
  return failed > 0 || passed == 0 ? 1 : 0;
}

}  // namespace trialforge::testing
