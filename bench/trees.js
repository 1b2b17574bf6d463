// Forests and boosted trees on Fashion-MNIST's pixels, ours and scikit-learn's, each in a process of its own, in turn.
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {node as load} from '#tfpipe/nodes/load/fashion-mnist.js';
import {pythonWith} from '../scripts/python-venv.js';
import {idx} from './mnist.js';
import {median} from './training.js';

const here = dirname(fileURLToPath(import.meta.url));
/** Trees of a forest; rounds of boosting, a tree a class each. */
const works = {forest: {examples: 60_000, length: 20}, boosting: {examples: 20_000, length: 5}};

async function measure([command, ...args], folder) {
  const {stdout} = await promisify(execFile)(command, args, {env: {...process.env, FASHION_DIR: folder}});
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** A record a work: medians over the rounds, and the median of the rounds' own ratios. */
export async function* trees({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    await writeIdx(folder);
    for (const [work, {examples, length}] of Object.entries(works)) {
      const given = [work, examples, length].map(String);
      const ours = [process.execPath, join(here, 'trees_ours.js'), ...given];
      const theirs = () => [
        pythonWith(join(here, 'peers', 'scikit.txt'), 'bench-scikit'),
        join(here, 'peers', 'trees_peer.py'),
        ...given,
      ];
      const found = [];
      for (let round = 0; round < rounds; round++)
        found.push([await measure(ours, folder), withPeers ? await measure(theirs(), folder) : undefined]);
      const record = {work, ours: median(found.map(([{value}]) => value)), unit: 's'};
      if (withPeers) {
        const ratio = median(found.map(([mine, peer]) => mine.value / peer.value));
        yield {...record, peer: 'scikit-learn', theirs: median(found.map(([, {value}]) => value)), ratio};
      } else yield record;
    }
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

async function writeIdx(folder) {
  const report = {progress: () => {}, metrics: () => {}, log: () => {}};
  const {data} = await load.run({params: {validation: 0}, inputs: {}, inputTypes: {}, report});
  for (const name of ['train', 'test']) {
    const {images, labels} = await data.split(name);
    await writeFile(join(folder, `${name}-images`), idx(images.shape.slice(0, 3), images.data));
    await writeFile(join(folder, `${name}-labels`), idx(labels.shape, labels.data));
  }
}
