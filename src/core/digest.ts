import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {canonicalJson} from './canonical-json.js';

declare const brand: unique symbol;

/** Lower-case hexadecimal SHA-256 of some content: 64 characters. */
export type Digest = string & {readonly [brand]: 'Digest'};

export const isDigest = (text: string): text is Digest => /^[0-9a-f]{64}$/.test(text);

export function digestBytes(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

/** Digest of a JSON value, whatever the order its keys were inserted in. */
export function digestJson(value: unknown): Digest {
  return digestBytes(canonicalJson(value));
}

/** Digest of a file's bytes, streamed; rejects with the file system's own error when the file cannot be read. */
export async function digestFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) hash.update(chunk as Buffer);
  return hash.digest('hex') as Digest;
}
