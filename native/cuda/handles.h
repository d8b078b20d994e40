// Owners of what the runtime hands out. For the host side of cuda/ only.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <utility>

#include "cuda/backend.h"
#include "cuda/check.h"

namespace trialforge::cuda {

/** Waits for the device, and gives back to it what is freed and still held. */
void trim_pool(int device);

/** An array on the device, zeroed. */
template <typename T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(const Queue& queue, std::size_t size) : queue_(queue), size_(size) {
    if (size > 0) data_ = static_cast<T*>(allocate(queue, size * sizeof(T)));
  }
  ~DeviceArray() { clear(); }
  DeviceArray(DeviceArray&& other) noexcept
      : queue_(other.queue_),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return size_ * sizeof(T); }

  void clear() noexcept {
    if (data_ != nullptr) release(queue_, data_);
    data_ = nullptr;
    size_ = 0;
  }

 private:
  Queue queue_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/** Host memory that the device copies to without waiting. */
template <typename T>
class PinnedArray {
 public:
  explicit PinnedArray(std::size_t size) {
    void* data = nullptr;
    TRIALFORGE_CUDA_CHECK(cudaMallocHost(&data, size * sizeof(T)));
    data_ = static_cast<T*>(data);
  }
  ~PinnedArray() { cudaFreeHost(data_); }
  PinnedArray(const PinnedArray&) = delete;
  PinnedArray& operator=(const PinnedArray&) = delete;
  T* data() const noexcept { return data_; }

 private:
  T* data_ = nullptr;
};

/** A mark in a queue that the host can wait for. */
class Event {
 public:
  /** Of the queue's device, which alone may record it. */
  explicit Event(const Queue& queue);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(const Queue& queue);
  /** Sleeps until everything before the last record() is done. */
  void wait() const;
  /** What `queue` gets from now on waits until then. */
  void hold(const Queue& queue) const;

 private:
  cudaEvent_t event_ = nullptr;
};

/** A queue for what may run beside another one's work, also while that is recorded as a graph. */
class SideQueue {
 public:
  explicit SideQueue(const Queue& main);
  const Queue& queue() const noexcept { return queue_; }
  /** What is queued here from now on follows all that is in the main queue. */
  void follow_main();
  /** Notes where this queue is. */
  void mark() { mark_.record(queue_); }
  /** What the main queue gets from now on follows all that was here at the last mark(). */
  void main_follows_mark();

 private:
  Queue main_;
  std::shared_ptr<void> stream_;
  Queue queue_;
  Event main_at_, mark_;
};

/**
 * No thread may wait for a device while another records work of it. Held shared while recording,
 * alone while waiting.
 */
std::shared_mutex& recording_of(int device);

/** Launches that were recorded once and go to the device as one. */
class Graph {
 public:
  Graph() = default;
  /** Of all that `body` queues; it is called twice, first to load the kernels. */
  Graph(const Queue& queue, const std::function<void()>& body);
  ~Graph();
  Graph(Graph&& other) noexcept : graph_(std::exchange(other.graph_, nullptr)) {}
  Graph& operator=(Graph&& other) noexcept {
    std::swap(graph_, other.graph_);
    return *this;
  }
  void launch(const Queue& queue) const;

 private:
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace trialforge::cuda
