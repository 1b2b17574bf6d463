import {join} from 'node:path';
import {type Digest, isDigest} from '../../core/digest.js';
import type {Collected} from '../../core/store.js';
import {readJournal} from '../../history/journal.js';
import {listRuns} from '../../history/run-list.js';
import {openStore} from '../../stores/open.js';
import {parseDuration} from '../../util/duration.js';
import {formatBytes, formatCount} from '../../util/format.js';
import {type Command, flag, type Invocation, runsFolder, text, UsageError, wholeNumber} from '../command.js';
import {recipeOptions, storeFolder} from '../project.js';

export const command: Command = {
  name: 'gc',
  summary: 'Removes results from the cache; never what a running run uses, or one of the newest runs.',
  usage: 'gc [options]',
  options: {
    'keep-runs': {type: 'string', value: 'N', description: 'what the newest N runs used stays (default: 1)'},
    'older-than': {type: 'string', value: 'TIME', description: 'only what was not used for so long: 12h, 30d'},
    'max-size': {
      type: 'string',
      value: 'SIZE',
      description: 'no more than brings the cache to SIZE, least recently used first: 5GB',
    },
    'dry-run': {type: 'boolean', description: 'only say what would go'},
    json: {type: 'boolean', description: 'print the figures as JSON'},
    store: recipeOptions.store,
    runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'folder of the runs (default: runs)'},
  },
  examples: ['pipeline gc --keep-runs 10 --dry-run', 'pipeline gc --older-than 30d', 'pipeline gc --max-size 5GB --keep-runs 3'],
  run: async (invocation) => {
    if (invocation.positionals.length > 0)
      throw new UsageError(`Expected no argument, got \`${invocation.positionals[0]}\``, 'Such as: pipeline gc --older-than 30d');
    if (['keep-runs', 'older-than', 'max-size'].every((name) => invocation.values[name] === undefined))
      throw new UsageError(
        'Expected --keep-runs, --older-than or --max-size to say what may go, got none',
        'Such as: pipeline gc --keep-runs 10 --dry-run',
      );
    const [older, size] = [age(invocation), bytes(invocation)];
    const {keep, since} = await usedByRuns(runsFolder(invocation), wholeNumber(invocation, 'keep-runs', 0) ?? 1);
    const store = await openStore(storeFolder(invocation));
    const dryRun = flag(invocation, 'dry-run');
    const collected = await store.collect({
      ...{keep, dryRun},
      ...(older !== undefined && {usedBefore: Date.now() - older * 1000}),
      ...(size !== undefined && {maxBytes: size}),
      checkpointsBefore: Math.min(since, older === undefined ? since : Date.now() - older * 1000),
    });
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(collected)}\n` : describe(collected, dryRun));
    return 0;
  },
};

/** Keys of the results that the newest runs computed or took from the cache, and when the oldest of them began. */
async function usedByRuns(runs: string, count: number): Promise<{readonly keep: ReadonlySet<Digest>; readonly since: number}> {
  const newest = (await listRuns(runs)).slice(count === 0 ? Number.POSITIVE_INFINITY : -count);
  const keep = new Set<Digest>();
  for (const {id} of newest)
    for (const event of await readJournal(join(runs, id, 'events.ndjson')))
      if ('key' in event && isDigest(event.key)) keep.add(event.key);
  return {keep, since: newest[0]?.at ?? Date.now()};
}

function describe({results, checkpoints, blobs, bytes, left, inUse}: Collected, dryRun: boolean): string {
  const what = [formatCount(results, 'result'), formatCount(checkpoints, 'checkpoint'), formatCount(blobs, 'file')].join(', ');
  const stays = inUse > 0 ? `; ${inUse} more ${inUse === 1 ? 'is' : 'are'} in use by a running process` : '';
  return `${dryRun ? 'would remove' : 'removed'} ${what}: ${formatBytes(bytes)}; ${formatBytes(left)} ${dryRun ? 'would stay' : 'stay'}${stays}\n`;
}

function age(invocation: Invocation): number | undefined {
  const value = text(invocation, 'older-than');
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?[smhd]$/.test(value)) return parseDuration(value);
  throw new UsageError(`Expected --older-than to be a time such as \`12h\` or \`30d\`, got \`${value}\``);
}

const units: Readonly<Record<string, number>> = {'': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12};

function bytes(invocation: Invocation): number | undefined {
  const value = text(invocation, 'max-size');
  if (value === undefined) return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(value) ?? [];
  if (number === undefined)
    throw new UsageError(`Expected --max-size to be a size such as \`500MB\` or \`5GB\`, got \`${value}\``);
  return Number(number) * (units[unit.toLowerCase()] ?? 1);
}
