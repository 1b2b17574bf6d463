// 10,000 test digits as queries against 60,000, over all pairs, by codes and by raw pixels: seconds for precision among the ten nearest and
// mean average precision over the whole ranking, beside scikit-learn on as many queries as it ranks in reasonable time.
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {hostTensor, rows} from '#tfpipe/core/host-tensor.js';
import {retrievalScores} from '#tfpipe/numerics/metrics/retrieval.js';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {digitCodes, mnistTest, mnistTrain} from './mnist.js';
import {retrievalPeer} from './peers.js';

/** Queries that scikit-learn is given: a tenth, for it ranks each one by itself. */
const peerQueries = 1000;

export async function* retrieval({rounds, withPeers}) {
  await loadTensorFlow();
  const [train, test, codes] = await Promise.all([mnistTrain(), mnistTest(), digitCodes()]);
  const pixels = ({images}) =>
    hostTensor(
      'float32',
      [images.shape[0], 784],
      Float32Array.from(images.data, (byte) => byte / 255),
    );
  const works = {
    'codes, 10': [rows(codes, 0, 60_000), rows(codes, 60_000, 70_000)],
    'pixels, 784': [pixels(train), pixels(test)],
  };
  for (const [name, [gallery, queries]] of Object.entries(works))
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const mine = {codes: gallery, labels: train.labels};
      const scores = await retrievalScores(mine, {codes: queries, labels: test.labels}, {k: 10, distance: 'euclidean'});
      const ours = (performance.now() - began) / 1000;
      const work = `retrieval, ${name} dimensions`;
      const map = {work: `${work}: mAP`, ours: scores.meanAveragePrecision, unit: ''};
      if (withPeers) {
        const theirs = await peer(mine, {codes: queries, labels: test.labels});
        const asked = {codes: rows(queries, 0, peerQueries), labels: rows(test.labels, 0, peerQueries)};
        const same = await retrievalScores(mine, asked, {k: 10, distance: 'euclidean'});
        const seconds = (theirs.value * 10_000) / peerQueries;
        yield {work, peer: 'scikit-learn × 10', ours, theirs: seconds, ratio: ours / seconds, unit: 's'};
        yield {...map, peer: 'scikit-learn', theirs: theirs.meanAveragePrecision, ours: same.meanAveragePrecision};
      } else {
        yield {work, ours, unit: 's'};
        yield map;
      }
    }
}

async function peer(gallery, queries) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    const tensors = [gallery.codes, gallery.labels, queries.codes, queries.labels].map(({data}) => data);
    const files = ['gallery', 'galleryLabels', 'queries', 'queryLabels'].map((name) => join(folder, name));
    for (const [at, data] of tensors.entries())
      await writeFile(files[at], new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const [python, script] = retrievalPeer();
    const {stdout} = await promisify(execFile)(python, [script, ...files, String(peerQueries)]);
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
