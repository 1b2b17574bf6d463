// Cost of running beside the stages' own computing: DAGs of tiny stages, and nothing to do, ours beside other tools; then 10,000 stages
// against goals. Whole processes.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {bringUpToDate, root, tools, writeDag} from './dags.js';
import {median} from './training.js';

const pipeline = join(root, 'bin/pipeline.js');
const others = Object.keys(tools).filter((tool) => tool !== 'tfpipe');

/** `fresh`: nothing was computed before; else everything was. */
const dags = [
  {work: '6 stages, no-op', stages: 6, fresh: false},
  {work: '1,000 stages, no-op', stages: 1000, fresh: false},
  {work: '200 tiny stages', stages: 200, fresh: true},
];

export async function* runner({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    for (const dag of dags) yield* beside(dag, folder, rounds, withPeers ? others : []);
    yield* large(folder, withPeers);
    yield* nothingToDo(folder, rounds, withPeers);
  } finally {
    await rm(folder, {recursive: true});
  }
}

/** Every tool on the same DAG, in turn. */
async function* beside({work, stages, fresh}, folder, rounds, peers) {
  const able = peers.filter((peer) => stages <= (tools[peer].most ?? stages));
  const names = ['tfpipe', ...able];
  const took = Object.fromEntries(names.map((name) => [name, []]));
  const place = (name) => join(folder, name);
  // once before: tools compile themselves
  for (const name of names) {
    await writeDag(name, place(name), stages);
    await bringUpToDate(name, place(name));
  }
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      if (fresh) await writeDag(name, place(name), stages);
      took[name].push(await bringUpToDate(name, place(name)));
    }
  const ours = median(took.tfpipe);
  if (able.length === 0) yield {work, ours, unit: 's'};
  for (const peer of able) {
    const ratio = median(took[peer].map((seconds, round) => took.tfpipe[round] / seconds));
    yield {work, ours, unit: 's', peer, theirs: median(took[peer]), ratio};
  }
}

const goal = (work, ours, theirs, unit, withPeers) => ({
  work,
  ours,
  unit,
  ...(withPeers && {peer: 'goal', theirs, ratio: ours / theirs}),
});

async function* large(folder, withPeers) {
  const stages = 10_000;
  const place = join(folder, 'large');
  await writeDag('tfpipe', place, stages);
  // the plugin is compiled, and the launcher's own code; the plan itself is made anew
  await seconds(['plan', 'recipe.yaml'], place);
  await rm(join(place, '.tfpipe/plans'), {recursive: true});
  yield goal('10,000 stages, plan', await seconds(['plan', 'recipe.yaml'], place), 3, 's', withPeers);
  const {took, growth} = await watched(['run', 'recipe.yaml', '--quiet'], place);
  yield goal('10,000 tiny stages', (1000 * took) / stages, 5, 'ms/stage', withPeers);
  yield goal('10,000 tiny stages, memory of the coordinator from stage 2,000 on', growth, 50, 'MB more', withPeers);
  yield {work: '10,000 stages, no-op', ours: await seconds(['run', 'recipe.yaml', '--quiet'], place), unit: 's'};
}

async function* nothingToDo(folder, rounds, withPeers) {
  const recipe = join(root, 'pipelines/aae-supervised.yaml');
  const aae = ['run', recipe, '--set', 'epochs=1', '--quiet'];
  const twenty = join(folder, 'twenty.yaml');
  const chain = Array.from(
    {length: 19},
    (_, index) => `  n${index + 1}: {use: normalise/scale, in: n${index}, with: {to: [0, ${index + 2}]}}\n`,
  );
  await writeFile(twenty, `name: twenty\nstages:\n  n0: {use: load/mnist, with: {limit: 100}}\n${chain.join('')}`);
  for (const [work, args, limit] of [
    ['the recipe of the autoencoder, no-op', aae, 0.25],
    ['20 stages, no-op', ['run', twenty, '--quiet'], 0.3],
  ]) {
    const took = [];
    for (let run = 0; run < 2 + 5 * rounds; run++) took.push(await seconds(args, folder));
    yield goal(work, median(took.slice(2)), limit, 's', withPeers);
  }
}

async function seconds(args, cwd) {
  const began = performance.now();
  await promisify(execFile)(process.execPath, [pipeline, ...args], {cwd, maxBuffer: 1 << 28});
  return (performance.now() - began) / 1000;
}

/** A run whose memory is looked at: how much larger its resident set became after a fifth of its stages, in MB. */
async function watched(args, cwd) {
  const began = performance.now();
  const child = spawn(process.execPath, [pipeline, ...args], {cwd, stdio: ['ignore', 'ignore', 'inherit']});
  const closed = once(child, 'close');
  const sizes = [];
  const timer = setInterval(async () => {
    const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, 'utf8') : '';
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
    const journal = await readFile(join(cwd, 'runs/latest/events.ndjson'), 'utf8').catch(() => '');
    const done = journal.split('"type":"stage-finished"').length - 1;
    if (kilobytes && done > 0) sizes.push({done, megabytes: Number(kilobytes) / 1024});
  }, 1000);
  const [code] = await closed;
  clearInterval(timer);
  if (code !== 0) throw new Error(`Expected a run of 10,000 stages to end with 0, got ${code}`);
  const took = (performance.now() - began) / 1000;
  const early = sizes.find(({done}) => done >= 2000);
  return {took, growth: Math.max(...sizes.map(({megabytes}) => megabytes)) - early.megabytes};
}
