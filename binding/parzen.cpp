#include "trialforge/parzen.h"

#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "binding.h"

namespace trialforge::binding {
namespace {

/** A parameter's properties, read before any memory is looked at: a getter may run any code. */
struct Properties {
  Napi::Value kernel, mu, sigma, low, high, x, lower, upper, probability, n_choices, choice;

  explicit Properties(const Napi::Object& from)
      : kernel(from.Get("kernel")),
        mu(from.Get("mu")),
        sigma(from.Get("sigma")),
        low(from.Get("low")),
        high(from.Get("high")),
        x(from.Get("x")),
        lower(from.Get("lower")),
        upper(from.Get("upper")),
        probability(from.Get("probability")),
        n_choices(from.Get("nChoices")),
        choice(from.Get("choice")) {}
};

std::size_t index_of(const Napi::Value& value, const std::string& name, double limit) {
  const double number = number_of(value, name.c_str());
  require(number >= 0 && number < limit && number == std::floor(number),
          name + " must be an integer in 0.." + std::to_string(static_cast<long long>(limit) - 1) +
              ", not " + std::to_string(number));
  return static_cast<std::size_t>(number);
}

/**
 * Views of one parameter's arrays. The choices are copied to `choices`: they index memory, so they
 * must not change between the check and the use, even if their buffer is shared.
 */
ParzenParameter parameter_of(const Properties& from, const std::string& name,
                             std::vector<std::int32_t>& choices) {
  constexpr double n_kernels = static_cast<double>(ParzenKernel::log_normal_mass) + 1;
  constexpr double most_choices = 1LL << 31;
  const auto doubles = [&](const Napi::Value& value, const char* property) {
    return span_of<double>(value, (name + property).c_str());
  };
  ParzenParameter p;
  p.kernel = static_cast<ParzenKernel>(index_of(from.kernel, name + ".kernel", n_kernels));
  switch (p.kernel) {
    case ParzenKernel::categorical: {
      p.probability = doubles(from.probability, ".probability");
      p.n_choices = index_of(from.n_choices, name + ".nChoices", most_choices);
      const auto choice = span_of<std::int32_t>(from.choice, (name + ".choice").c_str());
      choices.assign(choice.begin(), choice.end());
      p.choice = choices;
      return p;
    }
    case ParzenKernel::truncated_normal:
    case ParzenKernel::truncated_normal_mass:
      p.low = number_of(from.low, (name + ".low").c_str());
      p.high = number_of(from.high, (name + ".high").c_str());
      break;
    default:
      break;
  }
  p.mu = doubles(from.mu, ".mu");
  p.sigma = doubles(from.sigma, ".sigma");
  switch (p.kernel) {
    case ParzenKernel::truncated_normal:
    case ParzenKernel::normal:
    case ParzenKernel::log_normal:
      p.x = doubles(from.x, ".x");
      break;
    default:
      p.lower = doubles(from.lower, ".lower");
      p.upper = doubles(from.upper, ".upper");
  }
  return p;
}

/** A CUDA device with a stream of this thread, made at its first use. */
const Device& cuda_device(int index) {
  thread_local std::map<int, Device> devices;
  auto found = devices.find(index);
  if (found == devices.end()) found = devices.emplace(index, Device::cuda(index)).first;
  return found->second;
}

void log_pdf(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    require(info[1].IsArray(), "parameters must be an array");
    const Napi::Array list = info[1].As<Napi::Array>();
    std::vector<Properties> properties;
    for (std::uint32_t i = 0; i < list.Length(); ++i) {
      const Napi::Value element = list.Get(i);
      require(element.IsObject(), "parameters[" + std::to_string(i) + "] must be an object");
      properties.emplace_back(element.As<Napi::Object>());
    }
    std::optional<int> cuda_index;
    if (!info[3].IsUndefined()) cuda_index = int_of(info[3], "cudaIndex");
    const auto log_weight = span_of<double>(info[0], "logWeight");
    const auto out = span_of<double>(info[2], "out");
    std::vector<std::vector<std::int32_t>> choices(properties.size());
    std::vector<ParzenParameter> parameters;
    for (std::size_t i = 0; i < properties.size(); ++i) {
      const std::string name = "parameters[" + std::to_string(i) + "]";
      parameters.push_back(parameter_of(properties[i], name, choices[i]));
    }
    if (cuda_index) {
      parzen_log_pdf(cuda_device(*cuda_index), ParzenPrecision::float64, log_weight, parameters,
                     out);
    } else {
      parzen_log_pdf(log_weight, parameters, out);
    }
  });
}

void logs(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { natural_logs(span_of<double>(info[0], "x"), span_of<double>(info[1], "out")); });
}

}  // namespace

void init_parzen(Napi::Env env, Napi::Object exports) {
  exports.Set("parzenLogPdf", Napi::Function::New(env, log_pdf, "parzenLogPdf"));
  exports.Set("naturalLogs", Napi::Function::New(env, logs, "naturalLogs"));
}

}  // namespace trialforge::binding
