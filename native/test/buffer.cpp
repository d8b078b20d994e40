#include "trialforge/buffer.h"

#include <cstdint>
#include <utility>

#include "devices.h"
#include "testing.h"

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
