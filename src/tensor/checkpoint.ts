import type {HostTensor} from '../core/host-tensor.js';
import type {Checkpoints} from '../core/stage-context.js';
import {decodeSafetensors, encodeSafetensors} from './safetensors.js';

/** State of a long computation: tensors, and its progress `P` as plain data. */
export interface Saved<P> {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly progress: P;
}

/** A checkpoint's bytes. */
export async function encodeCheckpoint<P>({tensors, progress}: Saved<P>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors(tensors, {progress: JSON.stringify(progress)})) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function decodeCheckpoint<P>(bytes: Uint8Array | undefined): Saved<P> | undefined {
  if (!bytes) return undefined;
  const {tensors, metadata} = decodeSafetensors(bytes);
  return {tensors, progress: JSON.parse(metadata['progress'] ?? '') as P};
}

interface Furthest<P> {
  /** The state to resume from; `undefined` when there is none. */
  readonly saved: Saved<P> | undefined;
  /** True when it is the end of a finished run. */
  readonly isFinished: boolean;
  /** Position that the longest finished run has reached, 0 without one. */
  readonly reached: number;
}

/** The interrupted run's checkpoint or the end of a finished run: the more advanced one that is not past `limit`. */
export async function furthestCheckpoint<P>(
  checkpoints: Checkpoints,
  positionOf: (saved: Saved<P>) => number,
  limit: number,
): Promise<Furthest<P>> {
  const stopped = decodeCheckpoint<P>(await checkpoints.load());
  const finished = decodeCheckpoint<P>(await checkpoints.loadFinished());
  const saved = [stopped, finished]
    .filter((each) => each !== undefined)
    .filter((each) => positionOf(each) <= limit)
    .toSorted((left, right) => positionOf(right) - positionOf(left))[0];
  return {saved, isFinished: saved !== undefined && saved === finished, reached: finished ? positionOf(finished) : 0};
}
