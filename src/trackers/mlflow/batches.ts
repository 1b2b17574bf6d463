import type {KeyValue} from './names.js';

export interface Metric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

/** Content of one log-batch call. */
export interface Batch {
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
  readonly metrics: readonly Metric[];
}

/** The server's limits for one log-batch (mlflow/utils/validation.py), less room for one tag more and for the envelope. */
const most = {params: 100, tags: 99, all: 999, bytes: 900_000} as const;

/** As many entries as one call may have. */
export const fullBatch = most.all;

export const sizeOf = (batch: Batch): number => batch.params.length + batch.tags.length + batch.metrics.length;

/** The longest beginning of `pending` that the server takes in one call: params first, then tags, then metrics. */
export function firstBatch(pending: Batch): Batch {
  const room = {entries: most.all, bytes: most.bytes};
  const params = fitting(pending.params, most.params, room);
  const tags = fitting(pending.tags, most.tags, room);
  return {params, tags, metrics: fitting(pending.metrics, most.all, room)};
}

/** Two halves of a batch of two entries or more. */
export function halves(batch: Batch): readonly [Batch, Batch] {
  const half = Math.floor(sizeOf(batch) / 2);
  const params = Math.min(half, batch.params.length);
  const tags = Math.min(half - params, batch.tags.length);
  const metrics = half - params - tags;
  return [
    {params: batch.params.slice(0, params), tags: batch.tags.slice(0, tags), metrics: batch.metrics.slice(0, metrics)},
    {params: batch.params.slice(params), tags: batch.tags.slice(tags), metrics: batch.metrics.slice(metrics)},
  ];
}

/** Metric values as the server reads them: words stand for what JSON has no numbers for (protobuf's JSON mapping). */
export const jsonNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function fitting<T extends object>(values: readonly T[], limit: number, room: {entries: number; bytes: number}): readonly T[] {
  let count = 0;
  for (const value of values) {
    const bytes = Buffer.byteLength(JSON.stringify(value)) + 1;
    if (count === limit || room.entries === 0 || bytes > room.bytes) break;
    room.entries--;
    room.bytes -= bytes;
    count++;
  }
  return values.slice(0, count);
}
