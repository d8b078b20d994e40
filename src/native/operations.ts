/** The elements of a tensor: float32, int32 or bool (a byte each). */
export type NativeTensor = Float32Array | Int32Array | Uint8Array;

/**
 * The addon's single operations, as binding/<operation>.cpp defines them; their rules are those of
 * native/include/trialforge/<operation>.h. They run before the call returns, on the threads of this
 * JavaScript environment. `activation` is an index in Activation, `padding` 0 for valid and 1 for same.
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
  select(condition: Uint8Array, a: NativeTensor, b: NativeTensor, y: NativeTensor): void;
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
    x: Float32Array | Int32Array,
    y: Int32Array,
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
  gather(sizes: Int32Array, x: NativeTensor, indices: Int32Array, y: NativeTensor): void;
  oneHot(depth: number, on: number, off: number, indices: Int32Array, y: NativeTensor): void;

  /** sizes: [matrices in a, in b, m, k, n, transpose a, transpose b]. */
  matMul(
    sizes: Int32Array,
    a: Float32Array,
    b: Float32Array,
    bias: Float32Array | undefined,
    activation: number,
    y: Float32Array,
  ): void;

  /**
   * sizes: [batch, in height, in width, in channels, kernel height, kernel width, filters, stride
   * height, stride width, dilation height, dilation width, padding].
   */
  conv2d(
    sizes: Int32Array,
    x: Float32Array,
    filter: Float32Array,
    bias: Float32Array | undefined,
    activation: number,
    y: Float32Array,
  ): void;
  conv2dBackpropInput(
    sizes: Int32Array,
    dy: Float32Array,
    filter: Float32Array,
    dx: Float32Array,
  ): void;
  conv2dBackpropFilter(
    sizes: Int32Array,
    x: Float32Array,
    dy: Float32Array,
    dw: Float32Array,
  ): void;
  /** sizes as for conv2d, with the channel multiplier for the filters. */
  depthwiseConv2d(sizes: Int32Array, x: Float32Array, w: Float32Array, y: Float32Array): void;
  depthwiseConv2dBackpropInput(
    sizes: Int32Array,
    dy: Float32Array,
    w: Float32Array,
    dx: Float32Array,
  ): void;
  depthwiseConv2dBackpropFilter(
    sizes: Int32Array,
    x: Float32Array,
    dy: Float32Array,
    dw: Float32Array,
  ): void;

  /**
   * sizes: [batch, in height, in width, channels, pool height, pool width, stride height, stride
   * width, padding, 1 where max pooling skips NaN].
   */
  maxPool2d(sizes: Int32Array, x: Float32Array, y: Float32Array): void;
  maxPool2dGrad(sizes: Int32Array, x: Float32Array, dy: Float32Array, dx: Float32Array): void;
  averagePool2d(sizes: Int32Array, x: Float32Array, y: Float32Array): void;
  averagePool2dGrad(sizes: Int32Array, dy: Float32Array, dx: Float32Array): void;

  /** [rows, classes]; y may be x. */
  softmax(rows: number, classes: number, x: Float32Array, y: Float32Array): void;
  logSoftmax(rows: number, classes: number, x: Float32Array, y: Float32Array): void;
  /** x [pixels, channels]; y may be x. */
  batchNorm(
    pixels: number,
    channels: number,
    x: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    scale: Float32Array | undefined,
    offset: Float32Array | undefined,
    epsilon: number,
    y: Float32Array,
  ): void;
  /** sizes: [batch, in height, in width, channels, out height, out width]. */
  resizeBilinear(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    x: Float32Array,
    y: Float32Array,
  ): void;
  resizeBilinearGrad(
    sizes: Int32Array,
    alignCorners: boolean,
    halfPixelCenters: boolean,
    dy: Float32Array,
    dx: Float32Array,
  ): void;
}
