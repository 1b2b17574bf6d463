import type {Digest} from './digest.js';

/** One file of an output: its name there and the blob that holds its bytes. */
export interface StoredFile {
  readonly name: string;
  readonly digest: Digest;
  readonly bytes: number;
}

export interface StoredOutput {
  readonly kind: string;
  /** The port's type, as JSON. */
  readonly type: unknown;
  /** Digest of the files' names and digests: equal content, equal digest, however it was computed. */
  readonly digest: Digest;
  readonly files: readonly StoredFile[];
}

/** Figures that a stage reported at one step (an epoch, usually). */
export interface MetricPoint {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What is known of one finished stage. Times and memory are about the computation, never part of a digest. */
export interface StageRecord {
  readonly format: 1;
  readonly key: Digest;
  /** The fields the key was made of, verbatim. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, StoredOutput>>;
  readonly metrics: readonly MetricPoint[];
  readonly computed: {
    readonly stage: string;
    /** Milliseconds since 1970. */
    readonly at: number;
    readonly seconds: number;
    readonly peakBytes: number;
    /** Files of the code by path, digests cut short: which of them changed, when the code does. */
    readonly code?: Readonly<Record<string, string>>;
    /** Whether computing it again gave the same bytes; absent when nobody tried. */
    readonly deterministic?: boolean;
  };
}

export type Lookup =
  | {readonly status: 'hit'; readonly record: StageRecord}
  /** `fault` is set when something was there and could not be trusted; it has been set aside. */
  | {readonly status: 'miss'; readonly fault?: string};

/** A claim lasts until it is released or its process ends; it is a hint, not a lock: the same result twice does no harm. */
export type Claim =
  | {readonly status: 'claimed'; readonly release: () => Promise<void>}
  /** Another process, by its name, computes it, and shows signs of life. */
  | {readonly status: 'held'; readonly by: string};

/**
 * Results by key, content by digest. Two levels, as in Bazel: key → record → blobs. Implementations promise: a record
 * becomes visible whole or not at all, and only after every blob it names; a blob that does not hash to its name is
 * never handed out. Any number of processes share one store. Every implementation passes test/contracts/stores.
 */
export interface Store {
  /** `openStore` opens the same store by it, in another process too. */
  readonly url: string;
  /** A hit means the record parses, is the record of this key, and every blob it names is there and verifies. */
  lookup(key: Digest): Promise<Lookup>;
  /** Streams content into the store; the same content twice is kept once. */
  writeBlob(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{readonly digest: Digest; readonly bytes: number}>;
  /** A local, read-only file with this content, verified. Rejects with a `BlobFault` when there is none. */
  openBlob(digest: Digest): Promise<string>;
  /** Makes a result visible. The first record of a key wins, unless this one is to `replace` it; the winner is returned. */
  commit(record: StageRecord, options?: {readonly replace?: boolean}): Promise<StageRecord>;
  /** Every readable record, newest first. */
  records(): AsyncIterable<StageRecord>;
  /** Notes that this process uses the result of this key, before it looks for it: nobody clears it away while the process runs. */
  pin(key: Digest): Promise<void>;
  /** Says that this process is going to compute the result of this key, unless another is at it. Never waits. */
  claim(key: Digest): Promise<Claim>;
  /** A stage's newest whole checkpoint, or `undefined`; a damaged one counts as none. */
  loadCheckpoint(key: Digest): Promise<Uint8Array | undefined>;
  saveCheckpoint(key: Digest, bytes: Uint8Array): Promise<void>;
  dropCheckpoint(key: Digest): Promise<void>;
}

/** A blob that is missing, or was corrupt and has been set aside. */
export class BlobFault extends Error {
  constructor(
    readonly digest: Digest,
    readonly what: 'missing' | 'corrupt',
    detail: string,
  ) {
    super(`Expected blob ${digest.slice(0, 12)} to be whole in the store, got ${detail}`);
  }
}
