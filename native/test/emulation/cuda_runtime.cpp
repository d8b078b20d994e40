#include "cuda_runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>

struct CUgraph_st {
  struct Node {
    std::function<void()> run;
    std::set<std::size_t> after;  // nodes that must be done before
  };
  std::vector<Node> nodes;
  bool was_launched = false;
};
/** What is recorded in the place of work: by the stream that began, and those that joined it. */
struct Capture {
  CUgraph_st graph;
  cudaStream_t origin = nullptr;
};
struct CUstream_st {
  struct Work {
    std::function<void()> run;
    bool ends_memory = false;
  };
  std::deque<Work> work;
  std::shared_ptr<Capture> capture;
  std::set<std::size_t> last;  // nodes of the capture that the next one follows
};
struct CUevent_st {
  cudaStream_t stream = nullptr;
  std::optional<std::chrono::steady_clock::time_point> done;
  std::weak_ptr<Capture> capture;  // that it was recorded in, behind `last`
  std::set<std::size_t> last;
};
struct CUmemPoolHandle_st {};

namespace trialforge::emulation {
namespace {

constexpr std::size_t memory_bytes = std::size_t{1} << 30;
constexpr std::size_t most_shared_bytes = 227 * 1024;
constexpr std::size_t default_shared_bytes = 48 * 1024;
constexpr unsigned most_threads = 1024;
constexpr int multiprocessor_threads = 2048;
constexpr int version = 12000;

/** The default ones, or the first so many of them as the environment says. */
std::vector<Order> first_orders() {
  std::vector<Order> orders = default_orders();
  const char* const wanted = std::getenv("TRIALFORGE_EMULATION_ORDERS");
  const int n = wanted == nullptr ? 0 : std::atoi(wanted);
  if (n >= 1 && static_cast<std::size_t>(n) < orders.size())
    orders.resize(static_cast<std::size_t>(n));
  return orders;
}

/** As cudaMalloc aligns. */
constexpr std::align_val_t alignment{256};

struct Delete {
  void operator()(unsigned char* data) const { ::operator delete(data, alignment); }
};

struct Allocation {
  std::unique_ptr<unsigned char, Delete> data;
  std::size_t bytes;
  /** Its end is queued: what was queued before may still use it. */
  bool is_ending = false;
};

/** The emulated device. Calls take its lock, so kernels run on one host thread at a time. */
struct State {
  std::recursive_mutex lock;
  std::map<const void*, Allocation> memory;
  std::size_t used_bytes = 0;
  std::set<cudaStream_t> streams;
  std::map<const void*, std::size_t> shared_limits;
  std::set<const void*> loaded;
  std::vector<Order> orders = first_orders();
  /** Of work that was run by a call which cannot throw. */
  std::exception_ptr failure;
};

/** Never destroyed: a thread of an addon may still be in a call while its process ends. */
State& state() {
  static State& device = *new State;
  return device;
}

using Lock = std::lock_guard<std::recursive_mutex>;

thread_local cudaError_t last_error = cudaSuccess;

cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

void throw_earlier_failure() {
  if (state().failure) std::rethrow_exception(std::exchange(state().failure, nullptr));
}

bool is_on_device(const void* data, std::size_t bytes) {
  const auto& memory = state().memory;
  auto after = memory.upper_bound(data);
  if (after == memory.begin()) return false;
  const Allocation& found = std::prev(after)->second;
  const auto offset =
      static_cast<std::size_t>(static_cast<const unsigned char*>(data) - found.data.get());
  return !found.is_ending && offset <= found.bytes && bytes <= found.bytes - offset;
}

/** Runs what is queued. A failure drops what is left in the queue, but for the end of memory. */
void drain(cudaStream_t stream) {
  try {
    while (!stream->work.empty()) {
      const CUstream_st::Work next = std::move(stream->work.front());
      stream->work.pop_front();
      next.run();
    }
  } catch (...) {
    const auto dropped = std::exchange(stream->work, {});
    for (const CUstream_st::Work& work : dropped) {
      if (work.ends_memory) work.run();
    }
    throw;
  }
}

void drain_without_throwing(cudaStream_t stream) noexcept {
  try {
    drain(stream);
  } catch (...) {
    state().failure = std::current_exception();
  }
}

cudaError_t queue(cudaStream_t stream, std::function<void()> work) {
  throw_earlier_failure();
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  if (stream->capture) {
    auto& nodes = stream->capture->graph.nodes;
    nodes.push_back({std::move(work), std::exchange(stream->last, {nodes.size()})});
  } else {
    stream->work.push_back({std::move(work)});
  }
  return cudaSuccess;
}

cudaError_t allocate(void** data, std::size_t bytes) {
  if (bytes > memory_bytes - state().used_bytes) return cudaErrorMemoryAllocation;
  // Unwritten memory reads as NaN.
  std::unique_ptr<unsigned char, Delete> memory(
      static_cast<unsigned char*>(::operator new(bytes, alignment)));
  std::memset(memory.get(), 0xff, bytes);
  *data = memory.get();
  state().memory[*data] = {std::move(memory), bytes};
  state().used_bytes += bytes;
  return cudaSuccess;
}

void end_allocation(void* data) {
  const auto found = state().memory.find(data);
  state().used_bytes -= found->second.bytes;
  state().memory.erase(found);
}

using Contents = std::vector<std::vector<unsigned char>>;

Contents read_memory() {
  Contents contents;
  for (const auto& [address, block] : state().memory) {
    contents.emplace_back(block.data.get(), block.data.get() + block.bytes);
  }
  return contents;
}

void write_memory(const Contents& contents) {
  auto from = contents.begin();
  for (const auto& [address, block] : state().memory) {
    std::memcpy(block.data.get(), from->data(), from->size());
    ++from;
  }
}

std::string text(dim3 size) {
  return std::to_string(size.x) + "x" + std::to_string(size.y) + "x" + std::to_string(size.z);
}

void expect_same(const Contents& expected, const std::string& what) {
  auto from = expected.begin();
  for (const auto& [address, block] : state().memory) {
    for (std::size_t i = 0; i < block.bytes; ++i) {
      if (block.data.get()[i] == (*from)[i]) continue;
      throw Failure(what + " gives other results when they run in another order: byte " +
                    std::to_string(i) + " of a buffer of " + std::to_string(block.bytes) +
                    " bytes differs");
    }
    ++from;
  }
}

void run_in_every_order(const cudaLaunchConfig_t& config, const std::function<void()>& thread) {
  const std::vector<Order>& orders = state().orders;
  const auto run = [&](const Order& order) {
    run_grid(config.gridDim, config.blockDim, config.dynamicSmemBytes, thread, order);
  };
  const Contents before = orders.size() > 1 ? read_memory() : Contents();
  run(orders.front());
  if (orders.size() == 1) return;
  const Contents after = read_memory();
  for (std::size_t i = 1; i < orders.size(); ++i) {
    write_memory(before);
    run(orders[i]);
    expect_same(after, "the kernel launched with " + text(config.gridDim) + " blocks of " +
                           text(config.blockDim) + " threads");
  }
}

/** The nodes in an order that `pick` chooses: it gets those that are ready, the longest first. */
template <typename Pick>
std::vector<std::size_t> order_of(const CUgraph_st& graph, const Pick& pick) {
  const std::size_t n = graph.nodes.size();
  std::vector<std::size_t> missing(n), order;
  std::deque<std::size_t> ready;
  for (std::size_t i = 0; i < n; ++i) {
    missing[i] = graph.nodes[i].after.size();
    if (missing[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    const auto next = pick(ready);
    const std::size_t node = *next;
    ready.erase(next);
    order.push_back(node);
    for (std::size_t i = node + 1; i < n; ++i) {
      if (graph.nodes[i].after.contains(node) && --missing[i] == 0) ready.push_back(i);
    }
  }
  return order;
}

std::vector<std::size_t> captured_order(const CUgraph_st& graph) {
  return order_of(graph, [](const auto& ready) { return std::ranges::min_element(ready); });
}

/** Branches in turns, and each node as late as it may come. */
std::set<std::vector<std::size_t>> other_orders(const CUgraph_st& graph) {
  std::set<std::vector<std::size_t>> orders;
  orders.insert(order_of(graph, [](const auto& ready) { return ready.begin(); }));
  for (std::size_t late = 0; late < graph.nodes.size(); ++late) {
    orders.insert(order_of(graph, [&](const auto& ready) {
      return std::ranges::min_element(
          ready, {}, [&](std::size_t node) { return std::pair(node == late, node); });
    }));
  }
  orders.erase(captured_order(graph));
  return orders;
}

void run_nodes(const CUgraph_st& graph, const std::vector<std::size_t>& order) {
  for (const std::size_t node : order) graph.nodes[node].run();
}

/** All orders must give the same. Blocks and threads of the kernels are not reordered again. */
void run_in_other_orders(const CUgraph_st& graph) {
  const Contents before = read_memory();
  run_nodes(graph, captured_order(graph));
  const Contents after = read_memory();
  struct OneOrder {
    std::vector<Order> all = std::exchange(state().orders, {state().orders.front()});
    ~OneOrder() { state().orders = std::move(all); }
  } one_order;
  for (const std::vector<std::size_t>& order : other_orders(graph)) {
    write_memory(before);
    run_nodes(graph, order);
    expect_same(after, "a graph with branches");
  }
}

/** Whether every node is among those before `last`, or one of them. */
bool all_lead_to(const CUgraph_st& graph, const std::set<std::size_t>& last) {
  std::set<std::size_t> found;
  std::deque<std::size_t> open(last.begin(), last.end());
  while (!open.empty()) {
    const std::size_t node = open.front();
    open.pop_front();
    if (!found.insert(node).second) continue;
    open.insert(open.end(), graph.nodes[node].after.begin(), graph.nodes[node].after.end());
  }
  return found.size() == graph.nodes.size();
}

bool is_launchable(const cudaLaunchConfig_t& config) {
  const dim3 grid = config.gridDim, block = config.blockDim;
  return grid.x > 0 && grid.y > 0 && grid.z > 0 && grid.y <= 65535 && grid.z <= 65535 &&
         block.x > 0 && block.y > 0 && block.z > 0 && block.z <= 64 && block.x <= most_threads &&
         block.y <= most_threads && block.x * block.y * block.z <= most_threads;
}

}  // namespace

std::vector<Order> default_orders() {
  return {{Order::Kind::forward, 0, 0xff},
          {Order::Kind::reverse, 0, 0x00},
          {Order::Kind::shuffled, 1, 0x5a}};
}

void set_orders(std::vector<Order> orders) {
  const Lock lock(state().lock);
  state().orders = std::move(orders);
}

cudaError_t queue_kernel(const cudaLaunchConfig_t& config, const void* function,
                         std::function<void()> thread) {
  const Lock lock(state().lock);
  if (!is_launchable(config)) return result(cudaErrorInvalidConfiguration);
  const auto limit = state().shared_limits.find(function);
  if (config.dynamicSmemBytes >
      (limit == state().shared_limits.end() ? default_shared_bytes : limit->second)) {
    return result(cudaErrorInvalidValue);
  }
  const bool was_loaded = !state().loaded.insert(function).second;
  if (!was_loaded && state().streams.contains(config.stream) && config.stream->capture) {
    return result(cudaErrorStreamCaptureUnsupported);
  }
  return queue(config.stream,
               [config, thread = std::move(thread)] { run_in_every_order(config, thread); });
}

cudaError_t set_dynamic_shared_limit(const void* function, int bytes) {
  const Lock lock(state().lock);
  if (bytes < 0 || static_cast<std::size_t>(bytes) > most_shared_bytes) {
    return result(cudaErrorInvalidValue);
  }
  state().shared_limits[function] = static_cast<std::size_t>(bytes);
  return cudaSuccess;
}

std::string leftovers() {
  const Lock lock(state().lock);
  for (const cudaStream_t stream : state().streams) drain_without_throwing(stream);
  if (state().failure) {
    try {
      throw_earlier_failure();
    } catch (const std::exception& error) {
      return error.what();
    }
  }
  if (!state().memory.empty()) {
    return std::to_string(state().memory.size()) + " device buffers were never freed";
  }
  return "";
}

}  // namespace trialforge::emulation

using namespace trialforge::emulation;

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorInvalidValue:
      return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorInvalidResourceHandle:
      return "cudaErrorInvalidResourceHandle";
    case cudaErrorStreamCaptureUnsupported:
      return "cudaErrorStreamCaptureUnsupported";
    case cudaErrorStreamCaptureUnjoined:
      return "cudaErrorStreamCaptureUnjoined";
    case cudaErrorStreamCaptureUnmatched:
      return "cudaErrorStreamCaptureUnmatched";
    default:
      return "an error that the emulation never gives";
  }
}

const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }

cudaError_t cudaRuntimeGetVersion(int* value) {
  *value = version;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* value) {
  *value = version;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return result(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return result(cudaErrorInvalidDevice);
  *properties = {"emulated", 8, 0, 4, memory_bytes};
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  cudaDeviceProp properties;
  const cudaError_t error = cudaGetDeviceProperties(&properties, device);
  if (error != cudaSuccess) return error;
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = properties.multiProcessorCount;
      return cudaSuccess;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = multiprocessor_threads;
      return cudaSuccess;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      return cudaSuccess;
  }
  return result(cudaErrorInvalidValue);
}

cudaError_t cudaDeviceSynchronize() {
  const Lock lock(state().lock);
  throw_earlier_failure();
  for (const cudaStream_t stream : state().streams) {
    // The real one spoils the capture, too.
    if (stream->capture) return result(cudaErrorStreamCaptureUnsupported);
  }
  for (const cudaStream_t stream : state().streams) drain(stream);
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  const Lock lock(state().lock);
  *total_bytes = memory_bytes;
  *free_bytes = memory_bytes - state().used_bytes;
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const Lock lock(state().lock);
  *stream = new CUstream_st;
  state().streams.insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Lock lock(state().lock);
  if (state().streams.erase(stream) == 0) return result(cudaErrorInvalidResourceHandle);
  drain_without_throwing(stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock lock(state().lock);
  throw_earlier_failure();
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  if (stream->capture) return result(cudaErrorStreamCaptureUnsupported);
  drain(stream);
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return cudaEventCreate(event);
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Lock lock(state().lock);
  // One that is still queued is done first.
  for (const cudaStream_t stream : state().streams) drain_without_throwing(stream);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Lock lock(state().lock);
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  event->stream = stream;
  event->done.reset();
  event->capture = stream->capture;
  if (stream->capture) {
    event->last = stream->last;
    return cudaSuccess;
  }
  return queue(stream, [event] { event->done = std::chrono::steady_clock::now(); });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return event->stream == nullptr ? cudaSuccess : cudaStreamSynchronize(event->stream);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const Lock lock(state().lock);
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  if (const std::shared_ptr<Capture> capture = event->capture.lock()) {
    if (stream->capture && stream->capture != capture) {
      return result(cudaErrorStreamCaptureUnsupported);
    }
    stream->capture = capture;
    stream->last.insert(event->last.begin(), event->last.end());
    return cudaSuccess;
  }
  if (stream->capture) return result(cudaErrorStreamCaptureUnsupported);
  if (event->stream == nullptr) return cudaSuccess;
  return queue(stream, [event] {
    if (!event->done) drain(event->stream);
  });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  const Lock lock(state().lock);
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  if (stream->capture) return result(cudaErrorStreamCaptureUnsupported);
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->last.clear();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Lock lock(state().lock);
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  const std::shared_ptr<Capture> capture = stream->capture;
  if (!capture) return result(cudaErrorStreamCaptureUnsupported);
  if (capture->origin != stream) return result(cudaErrorStreamCaptureUnmatched);
  const bool is_joined = all_lead_to(capture->graph, stream->last);
  for (const cudaStream_t other : state().streams) {
    if (other->capture != capture) continue;
    other->capture = nullptr;
    other->last.clear();
  }
  *graph = nullptr;
  if (!is_joined) return result(cudaErrorStreamCaptureUnjoined);
  *graph = new CUgraph_st(std::move(capture->graph));
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable = new CUgraph_st(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const Lock lock(state().lock);
  const bool is_first = !std::exchange(executable->was_launched, true);
  // A copy: the graph may be destroyed while its launch still waits.
  return queue(stream, [graph = *executable, is_first] {
    if (is_first && state().orders.size() > 1) return run_in_other_orders(graph);
    run_nodes(graph, captured_order(graph));
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return cudaGraphDestroy(executable);
}

cudaError_t cudaMallocHost(void** data, std::size_t bytes) {
  *data = ::operator new(bytes);
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* data) {
  ::operator delete(data);
  return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  if (!begin->done || !end->done) return result(cudaErrorNotReady);
  *milliseconds = std::chrono::duration<float, std::milli>(*end->done - *begin->done).count();
  return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  const Lock lock(state().lock);
  return queue(stream, [function, data] { function(data); });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  const Lock lock(state().lock);
  state().loaded.insert(kernel);
  *attributes = {.sharedSizeBytes = 1024, .localSizeBytes = 0, .numRegs = 32};
  return cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads,
                                                          std::size_t shared_bytes) {
  const std::size_t by_shared = most_shared_bytes / (1024 + shared_bytes);
  *blocks = static_cast<int>(
      std::min<std::size_t>(by_shared, static_cast<std::size_t>(multiprocessor_threads / threads)));
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  const Lock lock(state().lock);
  throw_earlier_failure();
  return result(allocate(data, bytes));
}

cudaError_t cudaFree(void* data) {
  if (data == nullptr) return cudaSuccess;
  const Lock lock(state().lock);
  const auto found = state().memory.find(data);
  if (found == state().memory.end() || found->second.is_ending) {
    return result(cudaErrorInvalidValue);
  }
  // It waits for the device, as the real one does.
  for (const cudaStream_t stream : state().streams) drain_without_throwing(stream);
  end_allocation(data);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  static CUmemPoolHandle_st only;
  *pool = &only;
  return result(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) { return cudaSuccess; }

cudaError_t cudaMallocAsync(void** data, std::size_t bytes, cudaStream_t stream) {
  const Lock lock(state().lock);
  throw_earlier_failure();
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  if (allocate(data, bytes) == cudaSuccess) return cudaSuccess;
  // What is freed earlier in the stream serves again.
  drain(stream);
  return result(allocate(data, bytes));
}

cudaError_t cudaFreeAsync(void* data, cudaStream_t stream) {
  const Lock lock(state().lock);
  const auto found = state().memory.find(data);
  if (found == state().memory.end() || found->second.is_ending) {
    return result(cudaErrorInvalidValue);
  }
  if (!state().streams.contains(stream)) return result(cudaErrorInvalidResourceHandle);
  found->second.is_ending = true;
  stream->work.push_back({[data] { end_allocation(data); }, true});
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* target, const void* source, std::size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  const Lock lock(state().lock);
  const bool to_device = kind != cudaMemcpyDeviceToHost;
  const bool from_device = kind != cudaMemcpyHostToDevice;
  if (is_on_device(target, bytes) != to_device || is_on_device(source, bytes) != from_device) {
    return result(cudaErrorInvalidValue);
  }
  return queue(stream, [=] { std::memmove(target, source, bytes); });
}

cudaError_t cudaMemsetAsync(void* data, int value, std::size_t bytes, cudaStream_t stream) {
  const Lock lock(state().lock);
  if (!is_on_device(data, bytes)) return result(cudaErrorInvalidValue);
  return queue(stream, [=] { std::memset(data, value, bytes); });
}
