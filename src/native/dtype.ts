/** Types of tensors that the engine reads; bool is a byte an element. */
export type NativeType = 'float32' | 'int32' | 'bool';

export interface HostArrays {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}

export type HostArray = HostArrays[NativeType];

export const hostArrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/** The elements as an array of the type; a copy only where they are another's. */
export function asHostArray<T extends NativeType>(
  values: ArrayLike<number>,
  dtype: T,
): HostArrays[T] {
  const type = hostArrays[dtype];
  return (values instanceof type ? values : type.from(values)) as HostArrays[T];
}
