namespace trialforge::cuda {
bool is_available() noexcept { return false; }
}  // namespace trialforge::cuda
