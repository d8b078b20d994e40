// Read by AddressSanitizer and ThreadSanitizer before main: an allocation that is refused is a case
// here, not a failure.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
extern "C" const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
