import {type Digest, digestBytes} from '../../core/digest.js';

/** Digest, spaces and a newline: of a multiple of 8 bytes, so that tensors in what follows stay aligned. */
const headLength = 72;
const headOf = (digest: Digest): string => `${digest.padEnd(headLength - 1)}\n`;

/** A checkpoint's file: the digest of its bytes, then the bytes themselves (not copied). */
export const sealCheckpoint = (bytes: Uint8Array): readonly [head: string, bytes: Uint8Array] => [
  headOf(digestBytes(bytes)),
  bytes,
];

/** The bytes of a checkpoint's file as a view of it, or `undefined` when it is damaged. */
export function unsealCheckpoint(file: Uint8Array): Uint8Array | undefined {
  const bytes = file.subarray(headLength);
  const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, headLength)).toString('latin1');
  return head === headOf(digestBytes(bytes)) ? bytes : undefined;
}
