import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Digest, digestBytes} from '#tfpipe/core/digest.js';
import {
  type Audit,
  BlobFault,
  type ByteRange,
  type Claim,
  type Collected,
  type CollectOptions,
  type Lookup,
  type StageRecord,
  type Store,
} from '#tfpipe/core/store.js';

/** Keeps everything in the memory of one process; passes the contract of stores (test/contracts/stores). */
export class MemoryStore implements Store {
  readonly url = `memory:${crypto.randomUUID()}`;
  /** Keys in the order they were looked up. */
  readonly lookups: Digest[] = [];
  readonly pins = new Set<Digest>();
  readonly #records = new Map<Digest, string>();
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #checkpoints = new Map<Digest, Uint8Array>();
  readonly #claims = new Map<Digest, symbol>();
  #folder: Promise<string> | undefined;

  async lookup(key: Digest): Promise<Lookup> {
    this.lookups.push(key);
    const text = this.#records.get(key);
    if (text === undefined) return {status: 'miss'};
    const record = parsed(text);
    for (const {name, digest} of filesOf(record)) {
      if (this.#blobs.has(digest)) continue;
      this.#records.delete(key);
      return {status: 'miss', fault: `its \`${name}\` was missing in the store`};
    }
    return {status: 'hit', record};
  }

  async writeBlob(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{readonly digest: Digest; readonly bytes: number}> {
    const chunks: Uint8Array[] = [];
    if (content instanceof Uint8Array) chunks.push(content);
    else for await (const chunk of content) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const digest = digestBytes(bytes);
    this.#blobs.set(digest, bytes);
    return {digest, bytes: bytes.length};
  }

  async readBlob(digest: Digest, range?: ByteRange): Promise<Uint8Array> {
    const bytes = this.#blobs.get(digest);
    if (!bytes) throw new BlobFault(digest, 'missing', 'no such blob');
    return bytes.slice(range?.start, range?.end);
  }

  localPath(): undefined {
    return undefined;
  }

  async file(digest: Digest): Promise<string> {
    const bytes = await this.readBlob(digest);
    this.#folder ??= mkdtemp(join(tmpdir(), 'tfpipe-memory-'));
    const path = join(await this.#folder, digest);
    await writeFile(path, bytes);
    return path;
  }

  async commit(record: StageRecord, {replace = false} = {}): Promise<StageRecord> {
    const winner = replace ? undefined : this.#records.get(record.key);
    if (winner !== undefined) return parsed(winner);
    this.#records.set(record.key, JSON.stringify(record));
    return record;
  }

  async *records(): AsyncIterable<StageRecord> {
    yield* [...this.#records.values()].map(parsed).sort((left, right) => right.computed.at - left.computed.at);
  }

  async pin(key: Digest): Promise<void> {
    this.pins.add(key);
  }

  async claim(key: Digest): Promise<Claim> {
    if (this.#claims.has(key)) return {status: 'held', by: 'another'};
    const token = Symbol(key);
    this.#claims.set(key, token);
    return {
      status: 'claimed',
      release: async () => {
        if (this.#claims.get(key) === token) this.#claims.delete(key);
      },
    };
  }

  async loadCheckpoint(key: Digest): Promise<Uint8Array | undefined> {
    return this.#checkpoints.get(key);
  }

  async saveCheckpoint(key: Digest, bytes: Uint8Array): Promise<void> {
    this.#checkpoints.set(key, Uint8Array.from(bytes));
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    this.#checkpoints.delete(key);
  }

  async collect({keep, dryRun}: CollectOptions): Promise<Collected> {
    const unkept = [...this.#records.keys()].filter((key) => !keep.has(key));
    const unwanted = unkept.filter((key) => !this.pins.has(key));
    const stays = new Map([...this.#records].filter(([key]) => !unwanted.includes(key)));
    const needed = new Set([...stays.values()].flatMap((text) => filesOf(parsed(text)).map(({digest}) => digest)));
    const blobs = [...this.#blobs].filter(([digest]) => !needed.has(digest));
    if (!dryRun) {
      for (const key of unwanted) this.#records.delete(key);
      for (const [digest] of blobs) this.#blobs.delete(digest);
    }
    const bytes = blobs.reduce((sum, [, {length}]) => sum + length, 0);
    const left = [...this.#blobs.values()].reduce((sum, {length}) => sum + length, 0) - (dryRun ? bytes : 0);
    return {results: unwanted.length, checkpoints: 0, blobs: blobs.length, bytes, left, inUse: unkept.length - unwanted.length};
  }

  async audit(onProgress: (done: number, total: number) => void): Promise<Audit> {
    const counts = {results: this.#records.size, blobs: this.#blobs.size, checkpoints: this.#checkpoints.size};
    const bytes = [...this.#blobs.values()].reduce((sum, {length}) => sum + length, 0);
    onProgress(bytes, bytes);
    const findings = [...this.#records].flatMap(([key, text]) => {
      const record = parsed(text);
      const lost = filesOf(record).find(({digest}) => !this.#blobs.has(digest));
      if (!lost) return [];
      this.#records.delete(key);
      return [{file: key, what: `the result of \`${record.computed.stage}\` lacks its \`${lost.name}\``}];
    });
    return {...counts, bytes, findings, quarantine: 'nowhere'};
  }

  /** Removes the files of opened blobs. */
  async close(): Promise<void> {
    if (this.#folder) await rm(await this.#folder, {recursive: true, force: true});
    this.#folder = undefined;
  }
}

const filesOf = ({outputs}: StageRecord) => Object.values(outputs).flatMap(({files}) => files);
const parsed = (text: string): StageRecord => JSON.parse(text) as StageRecord;
