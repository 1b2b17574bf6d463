import type * as tfjs from '@tensorflow/tfjs';

/** TensorFlow's numbers for element types (types.proto). */
export const dataType = {float32: 1, int32: 3, uint8: 4, bool: 10, bfloat16: 14, uint16: 17} as const;
export type GraphType = keyof typeof dataType;

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

/** An attribute of an operation as tfjs-node's addon takes it; `type` is one of the addon's TF_ATTR_ constants. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** An output as the addon gives it: its number, its type, its shape. */
export interface TensorMetadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** tfjs-node's addon (binding/tfjs_backend.cc): numbered tensors, eager operations, sessions of saved models. */
export interface Addon {
  readonly TF_Version: string;
  readonly [constant: `TF_${string}`]: number | string;
  createTensor(shape: readonly number[], dtype: number, data: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): tfjs.TypedArray;
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorMetadata[];
}

/** The parts of tfjs-node's backend class that native kernels and compiled steps go through. */
export interface NativeBackend {
  binding: Addon;
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly tfjs.Tensor[]): tfjs.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tfjs.Tensor[],
    outputs: number,
  ): tfjs.Tensor[];
  getInputTensorIds(tensors: readonly tfjs.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): tfjs.Tensor;
}

/** Runs an operation on tensors given by their numbers; returns its result's number. */
type RunOne = (name: string, attributes: readonly Attribute[], inputs: readonly number[]) => number;

/** TensorFlow's C library under tfjs: any of its operations by name, on eager tensors. */
export class TensorflowBinding {
  readonly backend: NativeBackend;
  readonly version: string;
  readonly usesGpu: boolean;

  constructor(tf: typeof tfjs) {
    this.backend = tf.backend() as unknown as NativeBackend;
    this.version = this.addon.TF_Version;
    this.usesGpu = this.backend.isUsingGpuDevice;
  }

  get addon(): Addon {
    return this.backend.binding;
  }

  /** Runs an operation with one output. */
  run(name: string, attributes: readonly Attribute[], inputs: readonly tfjs.Tensor[]): tfjs.Tensor {
    return this.backend.executeSingleOutput(name, attributes, inputs);
  }

  /**
   * Runs several operations, each with one output, where results in between may be of types that tfjs does not know; only the last
   * one, which `compute` returns, becomes a tensor.
   */
  compose(inputs: readonly tfjs.Tensor[], compute: (run: RunOne, ...inputs: number[]) => number): tfjs.Tensor {
    const results = new Map<number, TensorMetadata>();
    const run: RunOne = (name, attributes, ids) => {
      const [result] = this.addon.executeOp(name, attributes, ids, 1) as [TensorMetadata];
      results.set(result.id, result);
      return result.id;
    };
    const last = compute(run, ...this.backend.getInputTensorIds(inputs));
    for (const id of results.keys()) if (id !== last) this.addon.deleteTensor(id);
    return this.backend.createOutputTensor(results.get(last) as TensorMetadata);
  }

  float(name: string, value: number): Attribute {
    return {name, type: this.addon['TF_ATTR_FLOAT'] as number, value};
  }

  text(name: string, value: string): Attribute {
    return {name, type: this.addon['TF_ATTR_STRING'] as number, value};
  }

  type(name: string, dtype: GraphType): Attribute {
    return {name, type: this.addon['TF_ATTR_TYPE'] as number, value: dataType[dtype]};
  }
}
