// Training steps, ours and the peers', each in a process of its own, in turn: a machine whose speed drifts slows both.
import {execFile} from 'node:child_process';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {withIdxFiles} from './mnist.js';
import {peers} from './peers.js';

const ours = (work, precision) => [process.execPath, join(dirname(fileURLToPath(import.meta.url)), 'ours.js'), work, precision];

async function measure([command, ...args], folder) {
  const {stdout} = await promisify(execFile)(command, args, {
    env: {...process.env, MNIST_DIR: folder, TF_CPP_MIN_LOG_LEVEL: '3'},
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Median; of an even count the mean of the two in the middle. */
export const median = (values) => {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle - 1)]) / 2;
};

/** Precisions of small steps are not compared: rounding costs them more than it saves. */
const precisions = {aae: ['float32', 'bfloat16'], mlp: ['float32'], lenet: ['float32'], dcgan: ['float32', 'bfloat16']};

/** A record for every peer and precision: medians over the rounds, and the median of the rounds' own ratios. */
export async function* training(work, {rounds, withPeers}) {
  const runs = precisions[work].flatMap((precision) => [
    {precision, command: ours(work, precision)},
    ...Object.entries(withPeers ? peers : {})
      .filter(([, peer]) => peer.precisions.includes(precision))
      .map(([peer, {command}]) => ({precision, peer, command: command(work, precision)})),
  ]);
  const found = await withIdxFiles(async (folder) => {
    const results = [];
    for (let round = 0; round < rounds; round++)
      for (const {precision, peer, command} of runs) results.push({round, precision, peer, ...(await measure(command, folder))});
    return results;
  });
  const values = (precision, peer) => found.filter((result) => result.precision === precision && result.peer === peer);
  for (const precision of precisions[work]) {
    const mine = values(precision);
    const record = {work, precision, ours: median(mine.map(({value}) => value)), unit: mine[0].unit};
    if (!withPeers) yield record;
    // bfloat16 is also held against who computes in float32 only
    else
      for (const [peer, {precisions: known}] of Object.entries(peers)) {
        const theirs = values(known.includes(precision) ? precision : 'float32', peer);
        const ratio = median(theirs.map(({value}, round) => mine[round].value / value));
        const other = known.includes(precision) ? peer : `${peer} (float32)`;
        yield {...record, peer: other, theirs: median(theirs.map(({value}) => value)), ratio};
      }
  }
}
