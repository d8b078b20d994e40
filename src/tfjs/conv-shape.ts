import { backend_util } from '@tensorflow/tfjs-core';

/** 0: valid, 1: same; undefined for padding that the engine has no word for. */
function paddingIndex({ padInfo }: backend_util.Conv2DInfo): number | undefined {
  const { type, top, bottom, left, right } = padInfo;
  if (type === 'SAME') return 1;
  return top === 0 && bottom === 0 && left === 0 && right === 0 ? 0 : undefined;
}

/** Whether windows of a length, `stride` apart, give as many results as tfjs counted. */
function counted(of: {
  size: number;
  window: number;
  stride: number;
  out: number;
  padding: number;
}): boolean {
  const { size, window, stride, out, padding } = of;
  return (
    out === (padding === 1 ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1)
  );
}

/**
 * The padding of a window that slides over an image: 0: valid, 1: same; undefined where the engine
 * counts otherwise than tfjs, or where there is nothing to compute.
 */
export function windowPadding(info: backend_util.Conv2DInfo): number | undefined {
  const padding = paddingIndex(info);
  if (padding === undefined || info.dataFormat !== 'channelsLast') return undefined;
  const { batchSize, inHeight, inWidth, inChannels, outChannels, outHeight, outWidth } = info;
  if (Math.min(batchSize, inHeight, inWidth, inChannels, outChannels, outHeight, outWidth) < 1) {
    return undefined;
  }
  const rows = {
    size: inHeight,
    window: info.effectiveFilterHeight,
    stride: info.strideHeight,
    out: outHeight,
    padding,
  };
  const columns = {
    size: inWidth,
    window: info.effectiveFilterWidth,
    stride: info.strideWidth,
    out: outWidth,
    padding,
  };
  return counted(rows) && counted(columns) ? padding : undefined;
}

/** The engine makes a padded image, which a large dilation makes many times the image itself. */
function isMostlyPadding(info: backend_util.Conv2DInfo): boolean {
  const { inHeight, inWidth, effectiveFilterHeight, effectiveFilterWidth } = info;
  const padded = (inHeight + effectiveFilterHeight) * (inWidth + effectiveFilterWidth);
  const channels = Math.max(info.inChannels, info.outChannels);
  return padded * channels > 2 ** 22 && padded > 16 * inHeight * inWidth;
}

/** As the engine's conv2d takes them; undefined: not the engine's. */
export function conv2DSizes(info: backend_util.Conv2DInfo): Int32Array | undefined {
  const padding = windowPadding(info);
  if (padding === undefined || isMostlyPadding(info)) return undefined;
  return Int32Array.of(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterHeight,
    info.filterWidth,
    info.outChannels,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    padding,
  );
}

/** As the engine's pooling takes them; undefined: not the engine's. */
export function pool2DSizes(info: backend_util.Conv2DInfo): Int32Array | undefined {
  const padding = windowPadding(info);
  if (padding === undefined || info.dilationHeight !== 1 || info.dilationWidth !== 1) {
    return undefined;
  }
  return Int32Array.of(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    padding,
    1,
  );
}

/** How `attributes` move a filter over an image. */
export function conv2DInfo(
  xShape: number[],
  filterShape: number[],
  attributes: {
    strides: [number, number] | number;
    dilations?: [number, number] | number;
    pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: string;
  },
  depthwise = false,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat((attributes.dataFormat ?? 'NHWC') as 'NHWC' | 'NCHW'),
  );
}

/** As the engine's depthwise convolution takes them; undefined: not the engine's. */
export function depthwiseConv2DSizes(info: backend_util.Conv2DInfo): Int32Array | undefined {
  const sizes = conv2DSizes(info);
  if (sizes !== undefined) sizes[6] = info.outChannels / info.inChannels;
  return sizes;
}
