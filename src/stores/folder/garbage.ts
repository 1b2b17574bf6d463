import {readdir, readFile, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {type Digest, isDigest} from '../../core/digest.js';
import type {Collected, CollectOptions} from '../../core/store.js';
import {hasLiveLease} from './leases.js';
import {pinnedKeys} from './pins.js';
import {parseRecord} from './record.js';
import {setAside} from './set-aside.js';

interface Item {
  readonly kind: 'result' | 'checkpoint';
  readonly path: string;
  readonly key: string;
  /** When it was last used, milliseconds since 1970. */
  readonly used: number;
  /** Bytes of a checkpoint; a result's content counts with the blobs. */
  readonly bytes: number;
  readonly blobs: readonly Digest[];
}

/** Blobs this young stay while something is being computed, for its record may still come. */
const youngMilliseconds = 3600 * 1000;
/** Files that were set aside are removed after this time. */
const quarantineMilliseconds = 7 * 24 * 3600 * 1000;

/**
 * `Store.collect` in the folder `root`. Safe beside running processes: a result is moved away before the pins are read once more
 * (src/stores/folder/pins.ts), and content that was written again since this began is put back.
 */
export async function collectGarbage(root: string, options: CollectOptions): Promise<Collected> {
  const began = Date.now();
  const [items, blobs, pinned] = await Promise.all([listItems(root), listBlobs(root), pinnedKeys(root)]);
  const unwanted = items.filter((item) => isUnwanted(item, options));
  const free = unwanted.filter(({key}) => !pinned.has(key as Digest)).sort((a, b) => a.used - b.used);
  const going = choose(items, free, blobs, options.maxBytes);
  const gone: Item[] = [];
  for (const item of going) if (options.dryRun || (await removeItem(root, item))) gone.push(item);
  const stay = options.dryRun ? items.filter((item) => !gone.includes(item)) : await listItems(root);
  const removed = await removeBlobs(root, blobs, stay, {began, dryRun: options.dryRun});
  if (!options.dryRun) await emptyQuarantine(root, began);
  const checkpoints = gone.filter(({kind}) => kind === 'checkpoint');
  return {
    results: gone.length - checkpoints.length,
    checkpoints: checkpoints.length,
    blobs: removed.count,
    bytes: removed.bytes + sum(checkpoints.map(({bytes}) => bytes)),
    left: sum([...blobs.values()].map(({bytes}) => bytes)) - removed.bytes + sum(stay.map(({bytes}) => bytes)),
    inUse: unwanted.length - free.length,
  };
}

function isUnwanted({kind, key, used}: Item, {keep, usedBefore, checkpointsBefore}: CollectOptions): boolean {
  if (used >= (usedBefore ?? Number.POSITIVE_INFINITY)) return false;
  return kind === 'result' ? !keep.has(key as Digest) : used < checkpointsBefore;
}

/** All of `free`, or as many from its beginning as bring the store to `maxBytes`: content goes with the last result that refers to it. */
function choose(items: readonly Item[], free: readonly Item[], blobs: Blobs, maxBytes: number | undefined): readonly Item[] {
  if (maxBytes === undefined) return free;
  const users = new Map<Digest, number>();
  for (const item of items) for (const blob of item.blobs) users.set(blob, (users.get(blob) ?? 0) + 1);
  let bytes = sum([...users.keys()].map((blob) => blobs.get(blob)?.bytes ?? 0)) + sum(items.map((item) => item.bytes));
  const going: Item[] = [];
  for (const item of free) {
    if (bytes <= maxBytes) break;
    going.push(item);
    bytes -= item.bytes;
    for (const blob of item.blobs) {
      const left = (users.get(blob) ?? 1) - 1;
      users.set(blob, left);
      if (left === 0) bytes -= blobs.get(blob)?.bytes ?? 0;
    }
  }
  return going;
}

function removeItem(root: string, {kind, path, key}: Item): Promise<boolean> {
  const isFree = async (): Promise<boolean> => kind === 'checkpoint' || !(await pinnedKeys(root)).has(key as Digest);
  return setAside(path, join(root, 'tmp'), isFree, {keep: false});
}

async function removeBlobs(
  root: string,
  blobs: Blobs,
  stay: readonly Item[],
  {began, dryRun}: {readonly began: number; readonly dryRun: boolean},
): Promise<{readonly count: number; readonly bytes: number}> {
  const wanted = new Set(stay.flatMap((item) => item.blobs));
  const oldest = (await hasLiveLease(join(root, 'leases'))) ? began - youngMilliseconds : began;
  const removed: number[] = [];
  for (const [digest, {path, bytes, written}] of blobs) {
    if (wanted.has(digest) || written >= oldest) continue;
    const isOld = async (moved: string): Promise<boolean> => (await stat(moved)).mtimeMs < oldest;
    if (dryRun || (await setAside(path, join(root, 'tmp'), isOld, {keep: false}))) removed.push(bytes);
  }
  return {count: removed.length, bytes: sum(removed)};
}

async function emptyQuarantine(root: string, now: number): Promise<void> {
  for (const {path, used} of await filesIn(join(root, 'quarantine')))
    if (now - used > quarantineMilliseconds) await rm(path, {force: true});
}

async function listItems(root: string): Promise<readonly Item[]> {
  const results = await Promise.all(
    (await filesBelow(join(root, 'records'))).map(async ({path, name, used}): Promise<Item[]> => {
      const key = name.replace(/\.json$/, '');
      const parsed = isDigest(key) ? parseRecord(await readFile(path, 'utf8').catch(() => ''), key) : {fault: 'foreign'};
      const outputs = 'record' in parsed ? Object.values(parsed.record.outputs) : [];
      const blobs = outputs.flatMap(({files}) => files.map(({digest}) => digest));
      return 'record' in parsed ? [{kind: 'result', path, key, used, bytes: 0, blobs}] : [];
    }),
  );
  const checkpoints = await filesIn(join(root, 'checkpoints'));
  return [
    ...results.flat(),
    ...checkpoints.map(({path, name, used, bytes}) => ({kind: 'checkpoint', path, key: name, used, bytes, blobs: []}) as const),
  ];
}

type Blobs = ReadonlyMap<Digest, {readonly path: string; readonly bytes: number; readonly written: number}>;

async function listBlobs(root: string): Promise<Blobs> {
  const files = await filesBelow(join(root, 'blobs'));
  return new Map(
    files.flatMap(({path, name, used, bytes}) => (isDigest(name) ? [[name, {path, bytes, written: used}] as const] : [])),
  );
}

interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly used: number;
  readonly bytes: number;
}

/** Files two levels down, as blobs and records lie. */
export async function filesBelow(folder: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  for (const part of await readdir(folder)) found.push(...(await filesIn(join(folder, part)).catch(() => [])));
  return found;
}

export async function filesIn(folder: string): Promise<readonly FoundFile[]> {
  const found = await Promise.all(
    (await readdir(folder)).map(async (name): Promise<FoundFile[]> => {
      const path = join(folder, name);
      const about = await stat(path).catch(() => undefined);
      return about?.isFile() ? [{path, name, used: about.mtimeMs, bytes: about.size}] : [];
    }),
  );
  return found.flat();
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
