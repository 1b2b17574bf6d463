import {PNG} from 'pngjs';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';
import type {ModelType, ModelValue} from '#tfpipe/core/ports.js';

/** A model with given weights. */
export const model = (
  input: readonly number[],
  layers: readonly unknown[],
  weights: Readonly<Record<string, HostTensor>>,
): ModelValue => ({
  kind: 'model',
  architecture: {input, layers},
  weights,
});

/** The type of a model from one shape to another, without the batch axis. */
export const modelType = (input: readonly number[], output: readonly number[]): ModelType => ({
  kind: 'model',
  inputs: {input: {dtype: 'float32', shape: ['batch', ...input]}},
  output: {dtype: 'float32', shape: ['batch', ...output]},
  parameters: 0,
});

export const matrix = (rows: readonly (readonly number[])[]): HostTensor<'float32'> =>
  hostTensor('float32', [rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()));

export const vector = (values: readonly number[]): HostTensor<'float32'> =>
  hostTensor('float32', [values.length], Float32Array.from(values));

/** Width and height in a PNG's header. */
export const pngSize = (png: Uint8Array): readonly [number, number] => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};

/** How many pixels of a PNG have each grey value. */
export function greyCounts(png: Uint8Array): ReadonlyMap<number, number> {
  const {data} = PNG.sync.read(Buffer.from(png));
  const counts = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) counts.set(data[at] ?? 0, (counts.get(data[at] ?? 0) ?? 0) + 1);
  return counts;
}
