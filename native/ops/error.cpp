#include "trialforge/error.h"

namespace trialforge {

const char* error_code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "ERR_INVALID_ARGUMENT";
    case ErrorCode::out_of_memory:
      return "ERR_OUT_OF_MEMORY";
    case ErrorCode::device_unavailable:
      return "ERR_DEVICE_UNAVAILABLE";
    case ErrorCode::device_failure:
      return "ERR_DEVICE_FAILURE";
    case ErrorCode::cancelled:
      return "ERR_CANCELLED";
  }
  return "ERR_UNKNOWN";
}

Error::Error(ErrorCode code, const std::string& message, std::source_location where)
    : std::runtime_error(message), code_(code) {
  const std::string path = where.file_name();
  where_ = path.substr(path.find_last_of('/') + 1) + ":" + std::to_string(where.line());
}

}  // namespace trialforge
