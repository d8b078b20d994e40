#include "trialforge/profile.h"

#include <chrono>
#include <utility>

#include "cuda/backend.h"
#include "trialforge/error.h"

namespace trialforge {
namespace {

thread_local Profiler* recording = nullptr;

/** Of work that is done when the call that submits it returns. */
class WallClock : public ProfileClock {
 public:
  void mark() override { marks_.push_back(Clock::now()); }
  std::vector<double> read() override {
    std::vector<double> seconds;
    for (const Clock::time_point mark : marks_) {
      seconds.push_back(std::chrono::duration<double>(mark - marks_.front()).count());
    }
    return seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> marks_;
};

std::unique_ptr<ProfileClock> clock_of(const Device& device) {
  if (device.kind() == DeviceKind::cuda) return cuda::make_profile_clock(cuda::queue_of(device));
  return std::make_unique<WallClock>();
}

}  // namespace

Profiler::Profiler(const Device& device) : Profiler(clock_of(device)) {}

Profiler::Profiler(std::unique_ptr<ProfileClock> clock) : clock_(std::move(clock)) {
  require(recording == nullptr, "profile: this thread is being profiled already");
  recording = this;
}

Profiler::~Profiler() {
  if (recording == this) recording = nullptr;
}

Profiler* Profiler::current() noexcept { return recording; }

void Profiler::open(ProfileEvent event) {
  event.depth = static_cast<int>(open_.size());
  if (open_.empty()) clock_->hold();
  open_.push_back(events_.size());
  marks_.push_back(events_.size());
  events_.push_back(std::move(event));
  clock_->mark();
}

void Profiler::begin(std::string name, double flops, double bytes) {
  open({.name = std::move(name), .flops = flops, .bytes = bytes});
}

void Profiler::begin(std::string name, const KernelLaunch& launch) {
  open({.name = std::move(name), .kernel = launch});
}

void Profiler::end() {
  clock_->mark();
  marks_.push_back(open_.back());
  open_.pop_back();
  if (open_.empty()) clock_->release();
}

std::vector<ProfileEvent> Profiler::finish() {
  if (recording == this) recording = nullptr;
  while (!open_.empty()) end();
  const std::vector<double> seconds = clock_->read();
  std::vector<bool> begun(events_.size());
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    ProfileEvent& event = events_[marks_[i]];
    (begun[marks_[i]] ? event.end : event.begin) = seconds[i];
    begun[marks_[i]] = true;
  }
  marks_.clear();
  return std::exchange(events_, {});
}

ProfileRange::ProfileRange(const char* name, double flops, double bytes)
    : profiler_(Profiler::current()) {
  if (profiler_ != nullptr) profiler_->begin(name, flops, bytes);
  cuda::push_range(name);
}

ProfileRange::~ProfileRange() {
  // Not one that was finished in between.
  if (profiler_ != nullptr && profiler_ == Profiler::current()) profiler_->end();
  cuda::pop_range();
}

}  // namespace trialforge
