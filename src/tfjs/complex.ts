import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';

/**
 * Gives a complex tensor that has come from another backend its two parts: tfjs hands it over as one
 * array, and the kernels of tfjs-backend-cpu look only at the parts.
 */
export function splitComplex(
  backend: MathBackendCPU,
  dataId: TensorInfo['dataId'],
  shape: number[],
): void {
  const data = backend.data.get(dataId);
  const { real, imag } = backend_util.splitRealAndImagArrays(data.values as Float32Array);
  data.values = undefined;
  data.complexTensorInfos = {
    real: backend.makeTensorInfo(shape, 'float32', real),
    imag: backend.makeTensorInfo(shape, 'float32', imag),
  };
}

/**
 * Gives the parts of complex tensors the shapes that these have. All views of a tensor share its parts;
 * kernels take shapes from them, and they have that of the last reshape or, after a move, the first.
 */
export function shapeParts(backend: MathBackendCPU, tensors: readonly TensorInfo[]): void {
  for (const { dataId, shape, dtype } of tensors) {
    if (dtype !== 'complex64') continue;
    const parts = backend.data.get(dataId).complexTensorInfos;
    if (parts !== undefined) parts.real.shape = parts.imag.shape = shape;
  }
}
