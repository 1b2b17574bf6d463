// `node bench/gpu.js PRECISION`: milliseconds of one step of pipelines/dcgan.yaml, median of 100 after 30; bench/peers/torch_gpu_peer.py is
// the same step in PyTorch. CUDA's libraries must be on LD_LIBRARY_PATH, as `pipeline run` puts them.
import {argv} from 'node:process';
import {permutation} from '#tfpipe/core/counter-random.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {mnistTrain} from './mnist.js';
import {generative} from './programs.js';
import {median} from './training.js';

const precision = argv[2] ?? 'float32';
const {device} = await loadTensorFlow();
const random = new RandomStream(42, tf.scalar(-1, 'int32'));
const {images} = await mnistTrain();
const {batchSize, phases} = await generative('dcgan', random);
const step = createTrainingStep({data: {images}, batchSize, seed: 42, precision, compile: true, phases});

const order = permutation(images.shape[0], 42, 1);
const perEpoch = Math.floor(order.length / batchSize);
const times = [];
for (let number = 0; number < 130; number++) {
  const at = (number % perEpoch) * batchSize;
  const start = performance.now();
  step.run(order.subarray(at, at + batchSize), number);
  times.push(performance.now() - start);
}
console.log(JSON.stringify({device, precision, value: median(times.slice(30)), unit: 'ms/step'}));
