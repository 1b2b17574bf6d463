import type {Digest} from './digest.js';
import type {MetricPoint} from './events.js';

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

/** The facts about one finished stage. Times and memory are about the computation, never part of a digest. */
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
    /** True when computing it again gave the same bytes; absent when nobody tried. */
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

export interface CollectOptions {
  /** Results that stay: those of runs that are kept. */
  readonly keep: ReadonlySet<Digest>;
  /** Results used or written since (milliseconds since 1970) stay. */
  readonly usedBefore?: number;
  /** Remove least recently used results until the store has at most this many bytes; all that may go when absent. */
  readonly maxBytes?: number;
  /** Checkpoints written since (milliseconds since 1970) stay. */
  readonly checkpointsBefore: number;
  readonly dryRun: boolean;
}

export interface Collected {
  readonly results: number;
  readonly checkpoints: number;
  readonly blobs: number;
  readonly bytes: number;
  /** Bytes of content that the store holds afterwards. */
  readonly left: number;
  /** Results that stay only because a running process uses them. */
  readonly inUse: number;
}

/** One thing that an audit did not find whole, and set aside. */
export interface AuditFinding {
  /** Path or name inside the store. */
  readonly file: string;
  /** The problem, in words. */
  readonly what: string;
}

export interface Audit {
  readonly results: number;
  readonly blobs: number;
  readonly checkpoints: number;
  readonly bytes: number;
  readonly findings: readonly AuditFinding[];
  /** Where what was set aside can be looked at. */
  readonly quarantine: string;
}

/** Bytes from `start` up to, but not including, `end`; less where the content ends before. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

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
  /** The content, verified, or a range of it. Rejects with a `BlobFault` when there is none. */
  readBlob(digest: Digest, range?: ByteRange): Promise<Uint8Array>;
  /** A read-only file on this machine with this content, verified, fetched if need be. Rejects with a `BlobFault` when there is none. */
  file(digest: Digest): Promise<string>;
  /** Where this content lies on this machine, for links that people follow: nothing is verified or fetched. */
  localPath(digest: Digest): string | undefined;
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
  /** Removes unwanted results, then all content that no result refers to. Safe beside running processes. */
  collect(options: CollectOptions): Promise<Collected>;
  /** Reads everything, whatever was verified before, and sets aside what is not whole. `onProgress` gets bytes read, and bytes in total. */
  audit(onProgress: (done: number, total: number) => void): Promise<Audit>;
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
