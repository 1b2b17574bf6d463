// Cost of checking a recipe, as a whole process: our largest recipe, and a thousand stages, written out or unrolled. Compared with goals.
import {execFile} from 'node:child_process';
import {mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {median} from './training.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const numbers = (length) => Array.from({length}, (_, index) => index);

/** Each stage takes its input from ten stages before it. */
const written = (folder) => {
  const stages = numbers(999).map(
    (index) => `  s${index + 1}: {use: normalise/scale, in: s${Math.max(0, index - 9)}, with: {to: [0, 1]}}\n`,
  );
  return save(folder, `name: written\nstages:\n  s0: {use: load/mnist}\n${stages.join('')}`);
};

const unrolled = (folder) =>
  save(
    folder,
    `name: unrolled
stages:
  digits: {use: load/mnist}
  scaled: {use: normalise/scale, matrix: {low: [${numbers(40)}], high: [${numbers(25).map((n) => n + 50)}]}, in: digits, with: {to: ["\${low}", "\${high}"]}}
`,
  );

async function save(folder, text) {
  const path = join(folder, 'recipe.yaml');
  await writeFile(path, text);
  return path;
}

async function largest() {
  const names = (await readdir(join(root, 'pipelines'))).filter((name) => name.endsWith('.yaml'));
  const paths = names.map((name) => join(root, 'pipelines', name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return paths[sizes.indexOf(Math.max(...sizes))];
}

/** Seconds that a process may take. */
const cases = [
  {work: 'validate, largest recipe', path: largest, goal: 0.3},
  {work: 'validate, 1000 stages', path: written, goal: 1},
  {work: 'validate, matrix of 1000 stages', path: unrolled, goal: 1},
];

async function seconds(path) {
  const began = performance.now();
  await promisify(execFile)(process.execPath, [join(root, 'bin/pipeline.js'), 'validate', path]);
  return (performance.now() - began) / 1000;
}

/** A record for each case: the median of five processes a round, and the goal as its peer. */
export async function* validate({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    for (const {work, path: pathIn, goal} of cases) {
      const path = await pathIn(folder);
      await seconds(path);
      const took = [];
      for (let run = 0; run < 5 * rounds; run++) took.push(await seconds(path));
      const ours = median(took);
      yield {work, precision: '', ...(withPeers && {peer: 'goal', theirs: goal, ratio: ours / goal}), ours, unit: 's'};
    }
  } finally {
    await rm(folder, {recursive: true});
  }
}
