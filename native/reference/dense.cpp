#include "reference/dense.h"

namespace trialforge::reference {

void dense_forward(const DenseShape& s, std::span<const double> x, std::span<const double> w,
                   std::span<const double> bias, std::span<double> y) {
  for (int b = 0; b < s.batch; ++b) {
    for (int n = 0; n < s.out_features; ++n) {
      double sum = bias.empty() ? 0 : bias[n];
      for (int k = 0; k < s.in_features; ++k) {
        sum += x[b * s.in_features + k] * w[k * s.out_features + n];
      }
      y[b * s.out_features + n] = sum;
    }
  }
}

void dense_backward_input(const DenseShape& s, std::span<const double> dy,
                          std::span<const double> w, std::span<double> dx) {
  for (int b = 0; b < s.batch; ++b) {
    for (int k = 0; k < s.in_features; ++k) {
      double sum = 0;
      for (int n = 0; n < s.out_features; ++n) {
        sum += dy[b * s.out_features + n] * w[k * s.out_features + n];
      }
      dx[b * s.in_features + k] = sum;
    }
  }
}

void dense_backward_weights(const DenseShape& s, std::span<const double> x,
                            std::span<const double> dy, std::span<double> dw,
                            std::span<double> dbias) {
  for (int k = 0; k < s.in_features; ++k) {
    for (int n = 0; n < s.out_features; ++n) {
      double sum = 0;
      for (int b = 0; b < s.batch; ++b) {
        sum += x[b * s.in_features + k] * dy[b * s.out_features + n];
      }
      dw[k * s.out_features + n] = sum;
    }
  }
  if (dbias.empty()) return;
  for (int n = 0; n < s.out_features; ++n) {
    double sum = 0;
    for (int b = 0; b < s.batch; ++b) sum += dy[b * s.out_features + n];
    dbias[n] = sum;
  }
}

}  // namespace trialforge::reference
