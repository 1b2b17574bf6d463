// t-SNE of the first ten principal components of MNIST's digits (ink of 7 × 7 fields): 10,000 beside scikit-learn and openTSNE, all 70,000
// beside openTSNE with Fourier transforms. As many iterations as the peer does, perplexity 30, and how far neighbours stay neighbours.
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {hostTensor, rows} from '#tfpipe/core/host-tensor.js';
import {trustworthiness} from '#tfpipe/numerics/metrics/trustworthiness.js';
import {tsne as ourTsne} from '#tfpipe/numerics/tsne.js';
import {digitCodes} from './mnist.js';
import {tsnePeer} from './peers.js';
import {median} from './training.js';

const unit = 's';
const neighbours = 12;
/** The default method of each peer, and the number of codes it gets. */
const comparisons = [
  {peer: 'scikit-learn', count: 10_000, iterations: 1000},
  {peer: 'openTSNE', count: 10_000, iterations: 750},
  {peer: 'openTSNE', count: 70_000, iterations: 750},
];

export async function* tsne({rounds, withPeers}) {
  const codes = await digitCodes();
  for (const {peer, count, iterations} of comparisons) {
    const points = rows(codes, 0, count);
    const work = `tsne ${count.toLocaleString('en')}`;
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const {map} = await ourTsne(points, {perplexity: 30, iterations});
      const ours = {value: (performance.now() - began) / 1000, map};
      results.push({ours, theirs: withPeers ? await peerMap(peer, points) : undefined});
    }
    const ours = median(results.map((result) => result.ours.value));
    if (!withPeers) {
      yield {work, ours, unit};
      continue;
    }
    const theirs = median(results.map((result) => result.theirs.value));
    yield {work, peer, ours, theirs, ratio: median(results.map((result) => result.ours.value / result.theirs.value)), unit};
    const [first] = results;
    const [trust, peerTrust] = [
      await trustworthiness(points, first.ours.map, neighbours),
      await trustworthiness(points, first.theirs.map, neighbours),
    ];
    yield {
      work: `${work}: trustworthiness(${neighbours})`,
      peer,
      ours: trust,
      theirs: peerTrust,
      ratio: trust / peerTrust,
      unit: '',
    };
  }
}

async function peerMap(peer, {data, shape}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    const [codes, result] = ['codes', 'map'].map((name) => join(folder, name));
    await writeFile(codes, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const [python, script] = tsnePeer();
    const {stdout} = await promisify(execFile)(python, [script, peer, codes, String(shape[1]), result]);
    const bytes = await readFile(result);
    const map = hostTensor('float32', [shape[0], 2], new Float32Array(Uint8Array.from(bytes).buffer));
    return {...JSON.parse(stdout.trim().split('\n').at(-1)), map};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
