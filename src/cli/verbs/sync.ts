import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {openStore} from '../../stores/open.js';
import {trackerServers} from '../../trackers/follow.js';
import {type Sync, syncRun} from '../../trackers/sync.js';
import {type Command, type Invocation, runsFolder, UsageError} from '../command.js';
import {recipeOptions, storeFolder} from '../project.js';
import {trackerAddresses, trackerOptions} from '../tracker-options.js';
import {style} from '../view/style.js';

export const command: Command = {
  name: 'sync',
  summary: 'Sends runs to an MLflow server that it does not have, or not all of; nothing arrives twice.',
  usage: 'sync [RUN...] [options]',
  options: {
    runs: {type: 'string', value: 'FOLDER', default: 'runs', description: 'where the folders of runs are'},
    ...trackerOptions(''),
    store: recipeOptions.store,
  },
  examples: ['pipeline sync', 'pipeline sync latest', 'pipeline sync runs/20260102-030405-aae-supervised'],
  run: async (invocation) => {
    const servers = trackerServers(trackerAddresses(invocation));
    const usable = servers.filter(({problem}) => problem === undefined);
    if (usable.length === 0) throw new UsageError(`Expected the address of an MLflow server: ${servers[0]?.problem}`);
    const store = await openStore(storeFolder(invocation));
    const notice = (line: string): void => void process.stderr.write(`${style.dim(line)}\n`);
    let whole = true;
    for (const folder of await folders(invocation))
      for (const {tracker, address} of usable) {
        const sync = await syncRun(tracker, address, {folder, store, notice});
        whole &&= sync.status === 'sent' || sync.status === 'running';
        process.stdout.write(`${describe(basename(folder), sync)}\n`);
      }
    return whole ? 0 : 1;
  },
};

function describe(name: string, sync: Sync): string {
  switch (sync.status) {
    case 'sent':
      return `${style.green('✓')} ${name}  ${sync.detail}${sync.url ? `  ${style.dim(sync.url)}` : ''}`;
    case 'not sent':
      return `${style.red('✗')} ${name}  ${sync.detail}`;
    case 'running':
      return `${style.yellow('!')} ${name}  still runs, and sends what happens itself`;
    case 'no journal':
      return `${style.red('✗')} ${name}  Expected its journal to be readable, got: ${sync.detail}`;
    default:
      return sync satisfies never;
  }
}

/** The runs that were asked for, or all of them, oldest first. */
async function folders(invocation: Invocation): Promise<readonly string[]> {
  const runs = runsFolder(invocation);
  const isRun = (folder: string): boolean => existsSync(join(folder, 'events.ndjson'));
  if (invocation.positionals.length > 0) return invocation.positionals.map((name) => folderOf(runs, name, isRun));
  const names = await readdir(runs, {withFileTypes: true}).catch(() => []);
  const found = names.filter((entry) => entry.isDirectory()).map(({name}) => join(runs, name));
  if (!found.some(isRun))
    throw new UsageError(`Expected runs in \`${runs}\`, got none`, 'Runs elsewhere are named by --runs FOLDER.');
  return found.filter(isRun).sort();
}

function folderOf(runs: string, name: string, isRun: (folder: string) => boolean): string {
  const found = [join(runs, name), name].find(isRun);
  if (found === undefined) throw new UsageError(`Expected a run in \`${runs}\` or the folder of one, got \`${name}\``);
  return found;
}
