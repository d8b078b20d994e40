import type { DeviceTensor } from './device-tensor.js';

/** The elements of tensors: in the memory of the host or of a device. */
export type Floats = Float32Array | DeviceTensor;
export type Integers = Int32Array | DeviceTensor;
/** A byte an element. */
export type Booleans = Uint8Array | DeviceTensor;
export type NativeTensor = Floats | Integers | Booleans;

/**
 * The addon's single operations, as binding/<operation>.cpp defines them; their rules are those of
 * native/include/trialforge/<operation>.h. With typed arrays they run before the call returns, on the
 * threads of this JavaScript environment; with DeviceTensors, all of one device, they are submitted to
 * it. `activation` is an index in Activation, `padding` 0 for valid and 1 for same.
 */
export interface Operations {
  /** 0: one thread a core available. */
  setOpThreads(threads: number): void;
  opThreads(): number;
  /** Gives the memory of an ArrayBuffer back at once; its views are empty afterwards. */
  detach(buffer: ArrayBufferLike): void;

  /** `op` indexes unaryOps of elementwise.ts; `parameters`: [alpha, beta]. y may be x. */
  unary(op: number, parameters: Float32Array, x: NativeTensor, y: NativeTensor): void;
  /** `op` indexes binaryOps of elementwise.ts. y may be an operand of its shape. */
  binary(
    op: number,
    aShape: Int32Array,
    bShape: Int32Array,
    a: NativeTensor,
    b: NativeTensor,
    y: NativeTensor,
  ): void;
  select(condition: Booleans, a: NativeTensor, b: NativeTensor, y: NativeTensor): void;
  cast(x: NativeTensor, y: NativeTensor): void;

  /** x [outer, reduced, inner] to y [outer, inner]; `op` indexes reduceOps of reduce.ts. */
  reduce(
    op: number,
    outer: number,
    reduced: number,
    inner: number,
    x: NativeTensor,
    y: NativeTensor,
  ): void;
  /** The same with `op` in argOps. */
  argReduce(
    op: number,
    outer: number,
    reduced: number,
    inner: number,
    x: NativeTensor,
    y: Integers,
  ): void;

  stridedCopy(
    shape: Int32Array,
    fromStrides: Int32Array,
    fromOffset: number,
    toStrides: Int32Array,
    toOffset: number,
    from: NativeTensor,
    to: NativeTensor,
  ): void;
  /** sizes: [batch, outer, axis, inner, indices a batch]. */
  gather(sizes: Int32Array, x: NativeTensor, indices: Integers, y: NativeTensor): void;
  oneHot(depth: number, on: number, off: number, indices: Integers, y: NativeTensor): void;

  /** sizes: [matrices in a, in b, m, k, n, transpose a, transpose b]. */
  matMul(
    sizes: Int32Array,
    a: Floats,
    b: Floats,
    bias: Floats | undefined,
    activation: number,
    y: Floats,
  ): void;

  /**
   * sizes: [batch, in height, in width, in channels, kernel height, kernel width, filters, stride
   * height, stride width, dilation height, dilation width, padding].
   */
  conv2d(
    sizes: Int32Array,
    x: Floats,
    filter: Floats,
    bias: Floats | undefined,
    activation: number,
    y: Floats,
  ): void;
  conv2dBackpropInput(sizes: Int32Array, dy: Floats, filter: Floats, dx: Floats): void;
  conv2dBackpropFilter(sizes: Int32Array, x: Floats, dy: Floats, dw: Floats): void;
  /** sizes as for conv2d, with the channel multiplier for the filters. */
  depthwiseConv2d(sizes: Int32Array, x: Floats, w: Floats, y: Floats): void;
  depthwiseConv2dBackpropInput(sizes: Int32Array, dy: Floats, w: Floats, dx: Floats): void;
  depthwiseConv2dBackpropFilter(sizes: Int32Array, x: Floats, dy: Floats, dw: Floats): void;

  /**
   * sizes: [batch, in height, in width, channels, pool height, pool width, stride height, stride
   * width, padding, 1 where max pooling skips NaN].
   */
  maxPool2d(sizes: Int32Array, x: Floats, y: Floats): void;
  maxPool2dGrad(sizes: Int32Array, x: Floats, dy: Floats, dx: Floats): void;
  averagePool2d(sizes: Int32Array, x: Floats, y: Floats): void;
  averagePool2dGrad(sizes: Int32Array, dy: Floats, dx: Floats): void;

  /** [rows, classes]; y may be x. */
  softmax(rows: number, classes: number, x: Floats, y: Floats): void;
  logSoftmax(rows: number, classes: number, x: Floats, y: Floats): void;
  /** x [pixels, channels]; y may be x. */
  batchNorm(
    pixels: number,
    channels: number,
    x: Floats,
    mean: Floats,
    variance: Floats,
    scale: Floats | undefined,
    offset: Floats | undefined,
    epsilon: number,
    y: Floats,
  ): void;
  /** sizes: [batch, in height, in width, channels, out height, out width]. */
  resizeBilinear(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    x: Floats,
    y: Floats,
  ): void;
  resizeBilinearGrad(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    dy: Floats,
    dx: Floats,
  ): void;
}
