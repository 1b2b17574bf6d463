// Cost of the live view: the same training in a terminal of 100 columns, live and with --quiet, in turn. The coordinator's processor time is
// read from /proc, since the difference is far below what the clock of a busy machine shows; it is held against the training's time.
import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {median} from './training.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Processor ticks a second, on every Linux that Node runs on. */
const ticks = 100;

/** Seconds of processor time of one process so far; `undefined` when it has ended. */
function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return undefined;
  }
}

/** One run of the training in a store of its own: the coordinator's processor time, and the seconds that the training took. */
async function run(folder, recipe, name, ...options) {
  const pidFile = join(folder, `${name}.pid`);
  const runs = join(folder, name);
  const command = `stty columns 100 rows 30; echo $$ > '${pidFile}'; exec '${process.execPath}' '${join(root, 'bin/pipeline.js')}' run '${recipe}' --store '${join(folder, 'store')}' --runs '${runs}' --force aae ${options.join(' ')}`;
  const {CI: _, MLFLOW_TRACKING_URI: __, ...env} = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {env, stdio: ['ignore', 'ignore', 'inherit']});
  const ended = new Promise((resolve) => child.once('close', resolve));
  let over = false;
  void ended.then(() => (over = true));
  let used = 0;
  while (!over) {
    await wait(100);
    if (existsSync(pidFile)) used = processorSeconds(readFileSync(pidFile, 'utf8').trim()) ?? used;
  }
  const code = await ended;
  if (code !== 0) throw new Error(`Expected the training to succeed, got exit code ${code}`);
  const events = readFileSync(join(runs, 'latest', 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const training = events.find(({type, stage}) => type === 'stage-finished' && stage === 'aae');
  return {used, seconds: training.seconds};
}

/** Two records: processor time of the view as a share of the training's time, held against the goal; and the training's time, live and quiet. */
export async function* terminal({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    const recipe = join(folder, 'training.yaml');
    await writeFile(
      recipe,
      readFileSync(join(root, 'pipelines/starter.yaml'), 'utf8').replace(/^ {2}(codes|score|curves|pictures):.*\n/gm, ''),
    );
    // the same recipe, so that neither run of a pair has to check it
    await run(folder, recipe, 'warm-up', '--quiet', '--set epochs=8');
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      const live = await run(folder, recipe, `live-${round}`, '--set epochs=8');
      const quiet = await run(folder, recipe, `quiet-${round}`, '--quiet', '--set epochs=8');
      pairs.push({share: (live.used - quiet.used) / quiet.seconds, live: live.seconds, quiet: quiet.seconds});
    }
    const share = 100 * median(pairs.map((pair) => pair.share));
    yield {
      work: 'terminal, processor time of the live view',
      ...(withPeers && {peer: 'goal', theirs: 1, ratio: share}),
      ours: share,
      unit: '% of training',
    };
    const [ours, theirs] = [median(pairs.map(({live}) => live)), median(pairs.map(({quiet}) => quiet))];
    yield {
      work: 'terminal, training',
      peer: '--quiet',
      ours,
      theirs,
      ratio: median(pairs.map(({live, quiet}) => live / quiet)),
      unit: 's',
    };
  } finally {
    await rm(folder, {recursive: true});
  }
}
