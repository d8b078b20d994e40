// Pooling of one image, vectorised over the channels.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

struct Window {
  int begin, end;  // of the input rows or columns that lie inside the image
};

inline Window window(int out, int stride, int pad, int size, int in) {
  const int begin = out * stride - pad;
  const std::int64_t end = static_cast<std::int64_t>(begin) + size;
  return {begin < 0 ? 0 : begin, end > in ? in : static_cast<int>(end)};
}

/** Calls body(output pixel, rows, columns) for every window of the image. */
template <typename Body>
inline void each_window(const Pool2dShape& s, Body body) {
  const int out_height = s.out_height(), out_width = s.out_width();
  const int pad_top = s.pad_top(), pad_left = s.pad_left();
  for (int oh = 0; oh < out_height; ++oh) {
    const Window rows = window(oh, s.stride_height, pad_top, s.pool_height, s.in_height);
    for (int ow = 0; ow < out_width; ++ow) {
      const Window columns = window(ow, s.stride_width, pad_left, s.pool_width, s.in_width);
      body(static_cast<std::ptrdiff_t>(oh) * out_width + ow, rows, columns);
    }
  }
}

template <bool SkipNan>
inline void max_pool(const Pool2dShape& s, const float* x, float* y, std::int32_t* argmax) {
  const int channels = s.channels, in_width = s.in_width;
  IntVector lanes;
  for (int i = 0; i < kWidth; ++i) lanes[i] = i;
  each_window(s, [=](std::ptrdiff_t pixel, Window rows, Window columns) {
    const int first = (rows.begin * in_width + columns.begin) * channels;
    for (int c = 0; c < channels; c += kWidth) {
      const int count = channels - c < kWidth ? channels - c : kWidth;
      Vector best = load_partial(x + first + c, count);
      IntVector at = lanes + (first + c);
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const int position = (h * in_width + w) * channels + c;
          const Vector value = load_partial(x + position, count);
          // NaN wins and stays, or loses against any number.
          const IntVector better =
              SkipNan ? (value > best) | (best != best) : ~(value <= best) & (best == best);
          best = better ? value : best;
          at = better ? lanes + position : at;
        }
      }
      store_partial(y + pixel * channels + c, best, count);
      if (argmax != nullptr) {
        store_partial(argmax + pixel * channels + c, at, count);
      }
    }
  });
}

}  // namespace

void max_pool_forward(const Pool2dShape& s, const float* x, float* y, std::int32_t* argmax) {
  s.skip_nan ? max_pool<true>(s, x, y, argmax) : max_pool<false>(s, x, y, argmax);
}

void max_pool_backward(const Pool2dShape& s, const float* dy, const std::int32_t* argmax,
                       float* dx) {
  const int channels = s.channels, in_width = s.in_width;
  const std::size_t size = static_cast<std::size_t>(s.in_height) * in_width * channels;
  const bool overlapping = s.stride_height < s.pool_height || s.stride_width < s.pool_width;
  // Windows side by side write each pixel once; pixels in no window are 0.
  const bool every_pixel =
      s.stride_height == s.pool_height && s.stride_width == s.pool_width &&
      std::int64_t{s.out_height()} * s.stride_height >= std::int64_t{s.in_height} + s.pad_top() &&
      std::int64_t{s.out_width()} * s.stride_width >= std::int64_t{in_width} + s.pad_left();
  if (overlapping || !every_pixel) __builtin_memset(dx, 0, size * sizeof(float));
  if (overlapping) {
    const std::size_t n = static_cast<std::size_t>(s.out_height()) * s.out_width() * channels;
    for (std::size_t i = 0; i < n; ++i) dx[argmax[i]] += dy[i];
    return;
  }
  IntVector lanes;
  for (int i = 0; i < kWidth; ++i) lanes[i] = i;
  each_window(s, [=](std::ptrdiff_t pixel, Window rows, Window columns) {
    for (int c = 0; c < channels; c += kWidth) {
      const int count = channels - c < kWidth ? channels - c : kWidth;
      const Vector gradient = load_partial(dy + pixel * channels + c, count);
      const IntVector at = load_partial(argmax + pixel * channels + c, count) - lanes;
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const int position = (h * in_width + w) * channels + c;
          store_partial(dx + position, at == position ? gradient : Vector{}, count);
        }
      }
    }
  });
}

void average_pool_forward(const Pool2dShape& s, const float* x, float* y) {
  const int channels = s.channels, in_width = s.in_width;
  each_window(s, [=](std::ptrdiff_t pixel, Window rows, Window columns) {
    const float scale =
        1.0f / static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
    for (int c = 0; c < channels; c += kWidth) {
      const int count = channels - c < kWidth ? channels - c : kWidth;
      Vector total = {};
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          total += load_partial(x + (h * in_width + w) * channels + c, count);
        }
      }
      store_partial(y + pixel * channels + c, total * scale, count);
    }
  });
}

void average_pool_backward(const Pool2dShape& s, const float* dy, float* dx) {
  const int channels = s.channels, in_width = s.in_width;
  each_window(s, [=](std::ptrdiff_t pixel, Window rows, Window columns) {
    const float scale =
        1.0f / static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
    for (int c = 0; c < channels; c += kWidth) {
      const int count = channels - c < kWidth ? channels - c : kWidth;
      const Vector share = scale * load_partial(dy + pixel * channels + c, count);
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          float* target = dx + (h * in_width + w) * channels + c;
          store_partial(target, load_partial(target, count) + share, count);
        }
      }
    }
  });
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
