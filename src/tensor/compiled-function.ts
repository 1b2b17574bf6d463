import type * as tfjs from '@tensorflow/tfjs';
import {type HostTensor, hostTensor, type PackedTensor, rows, sizeOf} from '../core/host-tensor.js';
import {GraphBuilder} from './graph.js';
import {Session} from './session.js';
import {native, tf} from './tensorflow.js';
import {Trace} from './trace.js';
import {uploadRows} from './upload.js';

type Compute = (batch: tfjs.Tensor) => tfjs.Tensor;

/**
 * Applies `compute`, a function of a float32 batch [batchSize, …], to all rows of `examples`, batch by batch; gives float32 [examples, …].
 * On TensorFlow it runs once as it is and is then a graph in which what it reads are constants, so that TensorFlow joins operations and
 * forgets what lies between as soon as it can; a last batch that is not full is filled up with zeros. `done` is told how many rows are done
 * after each batch and may take its time.
 */
export async function applyCompiled(
  compute: Compute,
  examples: PackedTensor,
  batchSize: number,
  done: (rows: number) => Promise<void> | void = () => {},
): Promise<HostTensor<'float32'>> {
  const [count = 0] = examples.shape;
  const run = native ? compiled(compute, examples, batchSize) : eager(compute, examples);
  let values = new Float32Array(0);
  try {
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(start + batchSize, count);
      const found = run.rows(start, end);
      if (start === 0) values = new Float32Array((count / end) * found.length);
      values.set(found, start * (values.length / count));
      await done(end);
    }
  } finally {
    run.dispose();
  }
  return hostTensor('float32', [count, ...run.shape()], values);
}

interface Runner {
  /** Values of the rows `start..end`. */
  rows(start: number, end: number): Float32Array;
  /** Shape of one result, known after the first. */
  shape(): readonly number[];
  dispose(): void;
}

function eager(compute: Compute, examples: PackedTensor): Runner {
  let shape: readonly number[] = [];
  return {
    rows: (start, end) =>
      tf.tidy(() => {
        const result = compute(uploadRows(examples, start, end));
        shape = result.shape.slice(1);
        return result.dataSync() as unknown as tfjs.Tensor;
      }) as unknown as Float32Array,
    shape: () => shape,
    dispose: () => {},
  };
}

function compiled(compute: Compute, examples: PackedTensor, batchSize: number): Runner {
  if (!native) throw new Error('the TensorFlow backend is not loaded');
  const {addon, backend} = native;
  const graph = new GraphBuilder(addon);
  const {dtype, affine} = examples;
  const [, ...example] = examples.shape;
  const given = graph.placeholder('input', dtype, [batchSize, ...example]);
  const trace = new Trace(backend, graph, 'float32');
  const outcome: {shape: readonly number[]} = {shape: []};
  tf.tidy(() => {
    const batch = tf.zeros([batchSize, ...example], dtype === 'int32' ? 'int32' : 'float32');
    trace.name(batch, dtype === 'uint8' ? graph.add('Cast', [given], {SrcT: {type: 'uint8'}, DstT: {type: 'float32'}}) : given);
    const result = trace.record(() => compute(affine ? tf.add(tf.mul(batch, affine.scale), affine.offset) : batch));
    outcome.shape = result.shape.slice(1);
    graph.add('Identity', [trace.nodeOf(result)], {T: {type: 'float32'}}, 'output');
  });
  const session = new Session(addon, graph.load());
  const size = sizeOf(outcome.shape);
  const full = new {float32: Float32Array, int32: Int32Array, uint8: Uint8Array}[dtype](batchSize * sizeOf(example));
  return {
    rows: (start, end) => {
      const {data} = rows(examples, start, end);
      full.fill(0);
      full.set(data);
      const [values] = session.run([['input', {dtype, shape: [batchSize, ...example], data: full} as HostTensor]], ['output']);
      return (values as Float32Array).slice(0, (end - start) * size);
    },
    shape: () => outcome.shape,
    dispose: () => session.dispose(),
  };
}
