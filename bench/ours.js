// `node bench/ours.js WORK PRECISION`: the same work as the peers', by the training steps that our nodes use, after a warm-up; one JSON
// line. `eager` as a third argument runs it operation by operation.
import {argv} from 'node:process';
import {permutation} from '#tfpipe/core/counter-random.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {mnistTrain} from './mnist.js';
import {adversarial, classifier, generative} from './programs.js';

const [work, precision, mode] = argv.slice(2);
await loadTensorFlow();

const random = new RandomStream(42, tf.scalar(-1, 'int32'));
const data = await mnistTrain();
const programs = {aae: adversarial, mlp: classifier, lenet: classifier, dcgan: generative};
const {batchSize, phases, uses, unit} = await programs[work](work, random);
const step = createTrainingStep({
  data: Object.fromEntries(uses.map((name) => [name, data[name]])),
  batchSize,
  seed: 42,
  precision,
  compile: mode !== 'eager',
  phases,
});

const examples = data.images.shape[0];
/** Seconds that `steps` steps take, from shuffling to the last loss. */
function time(steps, epoch) {
  const start = performance.now();
  const order = permutation(examples, 42, epoch);
  for (let at = 0; at < steps; at++) step.run(order.subarray(at * batchSize, (at + 1) * batchSize), at);
  return (performance.now() - start) / 1000;
}

const perEpoch = Math.floor(examples / batchSize);
const steps = {'s/epoch': perEpoch, 'ms/step': perEpoch, 's/step': 4}[unit];
time(unit === 's/step' ? 1 : Math.ceil(steps / 4), 1);
const seconds = time(steps, 2);
console.log(
  JSON.stringify({value: {'s/epoch': seconds, 'ms/step': (seconds / steps) * 1000, 's/step': seconds / steps}[unit], unit}),
);
