import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {trackers} from '../../trackers/index.js';
import {type Command, type Invocation, UsageError} from '../command.js';
import {pastRun} from '../edge.js';
import {command as runCommand} from './run.js';

/** Options of `run` that say where a run is recorded and shown. */
const repeatable = ['runs', ...Object.keys(trackers), 'ui', 'json', 'quiet', 'verbose'];

export const command: Command = {
  name: 'resume',
  summary: 'Resumes the last run: finished stages come from the cache, trainings resume from their checkpoints.',
  usage: 'resume [RUN] [options]',
  options: Object.fromEntries(Object.entries(runCommand.options).filter(([name]) => repeatable.includes(name))),
  examples: ['pipeline resume', 'pipeline resume 20260102-030405-aae-supervised'],
  run: async (invocation) => {
    const [reference = 'latest', second] = invocation.positionals;
    if (second !== undefined)
      throw new UsageError(`Expected one run, got \`${second}\` besides`, 'Such as: pipeline resume latest');
    const {id, folder, events} = await pastRun(invocation, reference);
    const last = events.at(-1);
    if (last?.type === 'run-finished' && last.outcome === 'done') {
      process.stdout.write(`${id} is done: there is nothing to go on with\n`);
      return 0;
    }
    const past = await readInvocation(folder);
    if (!past) throw new UsageError(`Expected ${join(folder, 'command.json')} to say how the run was begun, but it does not`);
    return await runCommand.run({positionals: past.positionals, values: {...invocation.values, ...past.values}});
  },
};

async function readInvocation(folder: string): Promise<Invocation | undefined> {
  const written = await readFile(join(folder, 'command.json'), 'utf8').catch(() => undefined);
  return written === undefined ? undefined : (JSON.parse(written) as Invocation);
}
