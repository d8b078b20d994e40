// Typed errors of the native library. Nothing in it exits, aborts or returns an error code.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace trialforge {

enum class ErrorCode {
  invalid_argument,    // a shape, size, value or name that the operation cannot accept
  out_of_memory,       // host or device memory; the message names the bytes asked for
  device_unavailable,  // the device does not exist, or this build cannot use it
  device_failure,      // a device call failed; the message names the call
  cancelled,           // the caller asked to stop
};

/** The name that crosses the language border, such as "ERR_INVALID_ARGUMENT". */
const char* error_code_name(ErrorCode code) noexcept;

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message,
        std::source_location where = std::source_location::current());
  ErrorCode code() const noexcept { return code_; }
  /** Where it was thrown, as "file:line". */
  const std::string& where() const noexcept { return where_; }

 private:
  ErrorCode code_;
  std::string where_;
};

/** Throws ErrorCode::invalid_argument with `message` unless `condition` holds. */
inline void require(bool condition, const std::string& message,
                    std::source_location where = std::source_location::current()) {
  if (!condition) throw Error(ErrorCode::invalid_argument, message, where);
}

}  // namespace trialforge
