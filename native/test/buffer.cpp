#include "trialforge/buffer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "devices.h"
#include "testing.h"
#include "trialforge/activation.h"

namespace trialforge::testing {
namespace {

const RegisterOnDevices copies("buffer copies to and from the host", [](const Device& device) {
  Buffer buffer(device, 4001);
  check(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0, "not aligned");
  check(buffer.as<std::uint16_t>().size() == 2000, "wrong number of elements");
  std::vector<std::uint8_t> bytes(4001, 9);
  buffer.copy_to_host(bytes.data(), bytes.size());
  check(bytes == std::vector<std::uint8_t>(4001, 0), "not zeroed");
  const std::uint8_t part[] = {1, 2, 3};
  buffer.copy_from_host(part, 3, 3998);
  buffer.copy_from_host(part, 2, 1);
  buffer.copy_to_host(bytes.data(), 4001);
  check(bytes[0] == 0 && bytes[1] == 1 && bytes[2] == 2 && bytes[3] == 0 && bytes[3998] == 1 &&
            bytes[4000] == 3,
        "wrong bytes");
  buffer.copy_to_host(bytes.data(), 1, 4000);
  check(bytes[0] == 3, "wrong byte at an offset");
});

const RegisterOnDevices moves("buffer moves", [](const Device& device) {
  Buffer first(device, 16);
  void* const data = first.data();
  Buffer second = std::move(first);
  check(second.data() == data && second.bytes() == 16, "lost by the constructor");
  check(first.data() == nullptr && first.bytes() == 0, "two owners");
  Buffer third(device, 32);
  third = std::move(second);
  check(third.data() == data && third.bytes() == 16, "lost by the assignment");
  Buffer& same = third;
  third = std::move(same);
  check(third.data() == data, "lost by the assignment to itself");
  float value = 3;
  third.copy_from_host(&value, sizeof(value));
  third = Buffer();
  check(third.data() == nullptr && third.as<float>().empty(), "still there");
});

const RegisterOnDevices empty("buffer of no bytes", [](const Device& device) {
  Buffer buffer(device, 0);
  check(buffer.data() == nullptr && buffer.as<float>().empty(), "something in it");
  buffer.copy_from_host(nullptr, 0);
  buffer.copy_to_host(nullptr, 0);
});

const RegisterOnDevices limits("buffer refuses what does not fit", [](const Device& device) {
  Buffer buffer(device, 8);
  char bytes[16] = {};
  const auto refuses = [](const char* message, const std::function<void()>& body) {
    expect_error(ErrorCode::invalid_argument, message, body);
  };
  refuses("9 bytes at offset 0 do not fit a buffer of 8", [&] { buffer.copy_from_host(bytes, 9); });
  refuses("9 bytes at offset 0 do not fit", [&] { buffer.queue_from_host(bytes, 9); });
  refuses("1 bytes at offset 8 do not fit", [&] { buffer.copy_to_host(bytes, 1, 8); });
  refuses("do not fit", [&] { buffer.copy_to_host(bytes, 4, SIZE_MAX - 1); });
  refuses("do not fit", [&] { buffer.copy_to_host(bytes, SIZE_MAX, 2); });
});

const RegisterOnDevices too_much("buffer says how much memory it lacks", [](const Device& device) {
  constexpr std::size_t exbibyte = std::size_t{1} << 60;
  expect_error(ErrorCode::out_of_memory, std::to_string(exbibyte) + " bytes",
               [&] { Buffer(device, exbibyte); });
  Buffer(device, 1024).copy_to_host(std::vector<char>(1024).data(), 1024);
});

const RegisterOnDevices used_last(
    "buffer ends behind the work that uses it", [](const Device& device) {
      constexpr std::size_t n = 1000;
      const auto free_bytes = [&] {
        device.synchronize();
        const auto devices = capabilities().cuda_devices;
        return devices.empty() ? 0 : devices[0].free_bytes;
      };
      const std::size_t before = free_bytes();
      DeviceArray<float> y(device, n);
      {
        const DeviceArray<float> x(device, std::vector<float>(n, -2));
        activation_forward(device, Activation::relu, x.span(), y.span());
        activation_backward(device, Activation::linear, x.span(), x.span(), y.span());
      }
      Buffer other(device, n * sizeof(float), BufferContents::anything);
      const std::vector<float> five(n, 5);
      other.copy_from_host(five.data(), n * sizeof(float));
      check(y.host() == std::vector<float>(n, -2), "written over");
      // A real device's pool keeps what it frees.
      if (before > 0 && free_bytes() < before) {
        check(before - free_bytes() < std::size_t{64} << 20, "the memory is gone");
      }
    });

const RegisterOnDevices few("buffer takes few bytes without a wait", [](const Device& device) {
  std::vector<std::uint8_t> source(3000);
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<std::uint8_t>(i * 7);
  for (const std::size_t bytes : {1u, 31u, 33u, 1023u, 1024u, 1025u, 3000u}) {
    Buffer buffer(device, bytes + 2);
    std::vector<std::uint8_t> changing(source.begin(), source.begin() + static_cast<long>(bytes));
    buffer.queue_from_host(changing.data(), bytes, 1);
    std::fill(changing.begin(), changing.end(), 99);
    std::vector<std::uint8_t> back(bytes + 2, 1);
    buffer.copy_to_host(back.data(), bytes + 2);
    check(back.front() == 0 && back.back() == 0, "written beside");
    check(std::equal(back.begin() + 1, back.end() - 1, source.begin()), "other bytes");
  }
});

const RegisterOnDevices outlives("buffer outlives the handle of its device",
                                 [](const Device& device) {
                                   Buffer buffer;
                                   {
                                     const Device own = device.kind() == DeviceKind::cpu
                                                            ? Device::cpu(1)
                                                            : Device::cuda(0);
                                     buffer = Buffer(own, 4);
                                   }
                                   const float value = 2.5f;
                                   float back = 0;
                                   buffer.copy_from_host(&value, 4);
                                   buffer.copy_to_host(&back, 4);
                                   check(back == value, "another value");
                                 });

}  // namespace
}  // namespace trialforge::testing
