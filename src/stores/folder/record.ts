import {type Digest, digestBytes, isDigest} from '../../core/digest.js';
import type {StageRecord} from '../../core/store.js';

const beginning = /^\{"sha256":"([0-9a-f]{64})","record":/;
const ending = '}\n';

/** A record's text: JSON that carries the digest of its own characters, so that a damaged figure is found as surely as a damaged blob. */
export function formatRecord(record: StageRecord): string {
  const text = JSON.stringify(record, null, 1);
  return `{"sha256":"${digestBytes(text)}","record":${text}${ending}`;
}

/** Reads a record's text; anything but a whole record of this key is a fault. */
export function parseRecord(text: string, key: Digest): {readonly record: StageRecord} | {readonly fault: string} {
  const [head = '', digest] = beginning.exec(text) ?? [];
  const content = text.slice(head.length, -ending.length);
  if (digest === undefined || !text.endsWith(ending) || digestBytes(content) !== digest)
    return {fault: 'its record was not whole'};
  const record = JSON.parse(content) as Partial<StageRecord> | null;
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
