#include "cuda/handles.h"

#include <algorithm>
#include <array>

#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

cudaStream_t stream_of(const Queue& queue) { return static_cast<cudaStream_t>(queue.stream); }

}  // namespace

Event::Event(const Queue& queue) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  TRIALFORGE_CUDA_CHECK(
      cudaEventCreateWithFlags(&event_, cudaEventBlockingSync | cudaEventDisableTiming));
}

Event::~Event() { cudaEventDestroy(event_); }

void Event::record(const Queue& queue) {
  TRIALFORGE_CUDA_CHECK(cudaEventRecord(event_, stream_of(queue)));
}

void Event::wait() const { TRIALFORGE_CUDA_CHECK(cudaEventSynchronize(event_)); }

void Event::hold(const Queue& queue) const {
  TRIALFORGE_CUDA_CHECK(cudaStreamWaitEvent(stream_of(queue), event_, 0));
}

SideQueue::SideQueue(const Queue& main)
    : main_(main),
      stream_(make_stream(main.device)),
      queue_{main.device, stream_.get()},
      main_at_(main),
      mark_(queue_) {}

void SideQueue::follow_main() {
  main_at_.record(main_);
  main_at_.hold(queue_);
}

void SideQueue::main_follows_mark() { mark_.hold(main_); }

std::shared_mutex& recording_of(int device) {
  // Devices beyond the array share the last one.
  static std::array<std::shared_mutex, 64> locks;
  return locks[std::min<std::size_t>(static_cast<std::size_t>(device), locks.size() - 1)];
}

thread_local bool LoadOnly::is_on_ = false;

Graph::Graph(const Queue& queue, const std::function<void()>& body) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  {
    const LoadOnly loading;
    body();
  }
  cudaGraph_t recorded = nullptr;
  {
    const std::shared_lock recording(recording_of(queue.device));
    // Other threads may allocate memory meanwhile.
    TRIALFORGE_CUDA_CHECK(
        cudaStreamBeginCapture(stream_of(queue), cudaStreamCaptureModeThreadLocal));
    try {
      body();
    } catch (...) {
      cudaStreamEndCapture(stream_of(queue), &recorded);
      if (recorded != nullptr) cudaGraphDestroy(recorded);
      cudaGetLastError();
      throw;
    }
    TRIALFORGE_CUDA_CHECK(cudaStreamEndCapture(stream_of(queue), &recorded));
  }
  cudaError_t error = cudaGraphInstantiate(&graph_, recorded, 0);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    trim_pool(queue.device);
    error = cudaGraphInstantiate(&graph_, recorded, 0);
  }
  cudaGraphDestroy(recorded);
  TRIALFORGE_CUDA_CHECK_RESULT(error, "cudaGraphInstantiate");
}

Graph::~Graph() {
  if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
}

void Graph::launch(const Queue& queue) const {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  TRIALFORGE_CUDA_CHECK(cudaGraphLaunch(graph_, stream_of(queue)));
}

}  // namespace trialforge::cuda
