import {type Digest, isDigest} from '../util/digest.js';
import type {StageRecord} from './store.js';

/** Reads a record's text; anything but a whole record of this key is a fault. */
export function parseRecord(text: string, key: Digest): {readonly record: StageRecord} | {readonly fault: string} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {fault: 'its record was not whole'};
  }
  const record = value as Partial<StageRecord> | null;
  if (record?.format !== 1) return {fault: 'its record has another format'};
  if (record.key !== key) return {fault: 'its record belongs to another key'};
  const whole =
    isMapping(record.fields) &&
    isMapping(record.computed) &&
    Array.isArray(record.metrics) &&
    isMapping(record.outputs) &&
    Object.values(record.outputs).every(
      (output) =>
        isMapping(output) &&
        isDigest(String(output.digest)) &&
        Array.isArray(output.files) &&
        output.files.every((file) => isDigest(String(file?.digest))),
    );
  return whole ? {record: record as StageRecord} : {fault: 'its record was not whole'};
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
