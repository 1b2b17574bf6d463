import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {type Digest, digestBytes} from '../../core/digest.js';
import type {ByteRange} from '../../core/store.js';
import {smallBytes, writeDurably, writeSmall} from '../../util/files.js';

/** Large chunks are written in pieces of this many bytes. */
const pieceBytes = 4 << 20;

export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export interface Written {
  readonly digest: Digest;
  readonly bytes: number;
}

/** Writes content into a new file, durably, and hashes it on the way. */
export async function writeContent(path: string, content: Content): Promise<Written> {
  if (content instanceof Uint8Array && content.length <= smallBytes) return writeAtOnce(path, content);
  return await writeLarge(path, content instanceof Uint8Array ? [content] : content);
}

/** Nobody writes to content again. */
const readOnly = 0o444;

function writeAtOnce(path: string, content: Uint8Array): Written {
  writeSmall(path, [content], readOnly);
  return {digest: digestBytes(content), bytes: content.length};
}

/** Hashes each piece while it is being written. */
async function writeLarge(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (file: FileHandle): Promise<void> => {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        const piece = chunk.subarray(start, start + pieceBytes);
        const writing = writeWhole(file, piece);
        hash.update(piece);
        await writing;
      }
      bytes += chunk.length;
    }
  };
  await writeDurably(path, write, readOnly);
  return {digest: hash.digest('hex') as Digest, bytes};
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let written = 0; written < piece.length; ) written += (await file.write(piece, written)).bytesWritten;
}

/** The bytes of a range; fewer where the file ends before. */
export async function readRange(path: string, {start, end}: ByteRange): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const size = Math.max(0, Math.min(end, (await file.stat()).size) - start);
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const {bytesRead} = await file.read(bytes, done, size - done, start + done);
      if (bytesRead === 0) return bytes.subarray(0, done);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
