// The kernels of one instruction set, for table.cpp to collect.
#pragma once

#include "cpu/kernels/kernels.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

void inner_product(const InnerProduct& product);
void outer_product(const OuterProduct& product);
void pack_panels(const float* from, std::ptrdiff_t stride, int depth, int columns, float* to);
void pack_transposed_panels(const float* from, std::ptrdiff_t stride, int depth, int columns,
                            float* to);
void transpose(const float* from, std::ptrdiff_t stride, int rows, int columns, float* to,
               std::ptrdiff_t to_stride);
void add_scaled_rows(const float* x, const float* w, std::ptrdiff_t stride, int depth, int n,
                     float* y);
void add_rows(const float* dy, std::int64_t pixels, int channels, float* sum);
void winograd_input(const TilePixels& pixels, const float* x, int channels, float* v,
                    std::ptrdiff_t stride);
void winograd_input_gradient(const float* dv, std::ptrdiff_t stride, const TilePixels& pixels,
                             int channels, float* dx);
void winograd_output(int kernel, const float* m, std::ptrdiff_t stride, const TilePixels& pixels,
                     int channels, const float* bias, float lowest, float* y);
void winograd_output_gradient(int kernel, const TilePixels& pixels, const float* dy, int channels,
                              float* dm, std::ptrdiff_t stride);
void winograd_filter(int kernel, const float* w, std::ptrdiff_t tap_stride, int count, float* u,
                     std::ptrdiff_t stride);
void winograd_filter_gradient(int kernel, const float* parts, int n_parts,
                              std::ptrdiff_t part_stride, std::ptrdiff_t stride, int count,
                              float* dw, std::ptrdiff_t tap_stride);
void activation_forward(Activation activation, const float* x, float* y, std::size_t n);
void activation_backward(Activation activation, const float* y, const float* dy, float* dx,
                         std::size_t n);
void unary(UnaryOp op, DType type, const UnaryParameters& parameters, const void* x, void* y,
           std::size_t n, bool past_caches);
void binary(BinaryOp op, DType type, const BinaryRows& rows);
void select(const std::uint8_t* condition, DType type, const void* a, const void* b, void* y,
            std::size_t n);
void cast(DType from, const void* x, DType to, void* y, std::size_t n);
void max_pool_forward(const Pool2dShape& shape, const float* x, float* y, std::int32_t* argmax);
void max_pool_backward(const Pool2dShape& shape, const float* dy, const std::int32_t* argmax,
                       float* dx);
void average_pool_forward(const Pool2dShape& shape, const float* x, float* y);
void average_pool_backward(const Pool2dShape& shape, const float* dy, float* dx);
void scale_bytes(const std::uint8_t* x, float scale, float* y, std::size_t n);
void sum_parts(const float* parts, int n_parts, std::size_t stride, float* y, std::size_t n);
void dropout(const std::uint32_t* words, std::uint32_t threshold, float scale, const float* x,
             float* y, std::size_t n);
void optimizer_step(const OptimizerSpec& spec, float rate, const float* dw, float* w, float* state,
                    std::size_t state_stride, std::size_t n);
void reduce_floats(ReduceOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                   int columns, double* acc);
void reduce_ints(ReduceOp op, const std::int32_t* x, std::int64_t rows, std::ptrdiff_t stride,
                 int columns, std::int32_t* acc);
void reduce_bools(ReduceOp op, const std::uint8_t* x, std::int64_t rows, std::ptrdiff_t stride,
                  int columns, std::int32_t* acc);
void arg_extreme_floats(ArgOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                        int columns, float* best, std::int32_t* at);
void arg_extreme_ints(ArgOp op, const std::int32_t* x, std::int64_t rows, std::ptrdiff_t stride,
                      int columns, std::int32_t* best, std::int32_t* at);
void softmax_rows(const float* x, int rows, int n, float* y);
void log_softmax_rows(const float* x, int rows, int n, float* y);
float largest(const float* x, int n);
double exponentials(const float* x, int n, float maximum, float* y);
void scale(const float* x, int n, float factor, float* y);
void subtract(const float* x, int n, float first, float second, float* y);
void normalize(const float* x, const float* mean, const float* factor, const float* offset,
               float* y, int n);
void resize_row(const float* top, const float* bottom, float fraction, const ResizeTap* columns,
                int width, int channels, float* y);
void resize_row_gradient(const float* dy, float weight, const ResizeTap* columns, int width,
                         int channels, float* dx);
void depthwise_row(const DepthwisePlan& plan, const DepthwiseRows& x, const float* w, int row,
                   float* y);
void depthwise_input_row(const DepthwisePlan& plan, const float* dy, const float* w, int row,
                         float* dx);
void depthwise_filter_row(const DepthwisePlan& plan, const DepthwiseRows& x, const float* dy,
                          int row, float* dw);
std::size_t parzen_scan(const ParzenScan& scan, std::size_t from, std::size_t to,
                        std::int32_t* survivors);
double parzen_distance(const double* row, const double* x, std::size_t stride);
double parzen_sum_near(const ParzenLine& line, double x, double margin, double& largest);
void parzen_rough_sums(const ParzenRoughLine& line, const float* x, std::size_t m, float* sums);
double parzen_sum_exp(const double* terms, const double* weights, std::size_t n, double shift);
float multiply_add_chains(std::int64_t steps);

}  // namespace trialforge::cpu::TRIALFORGE_ISA
