// `node bench/features.js IMAGES [BATCH]`: milliseconds an image from 28×28 grey bytes to the features of MobileNetV2 (alpha 1, 224×224), as
// featurize/pretrained computes them, after the first batch, which has the compilation.
import {argv} from 'node:process';
import {foldForInference} from '#tfpipe/networks/fold.js';
import {Network} from '#tfpipe/networks/network.js';
import {mobilenetV2} from '#tfpipe/networks/pretrained/mobilenet-v2.js';
import {fitPictures} from '#tfpipe/networks/trained.js';
import {applyCompiled} from '#tfpipe/tensor/compiled-function.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';

const [images = 96, batchSize = 8] = argv.slice(2).map(Number);
await loadTensorFlow();
const input = [28, 28, 1];
const fitted = fitPictures(input, [224, 224, 3]);
if (fitted.status === 'misfit') throw new Error(fitted.problem);
const architecture = {input, layers: [...fitted.layers, ...mobilenetV2(1).layers]};
const fresh = Network.initialise('fresh', architecture, new RandomStream(1, tf.scalar(-1, 'int32')));
const folded = foldForInference({architecture, weights: fresh.weights()});
const network = Network.restore('folded', folded.architecture, folded.weights);
const data = Uint8Array.from({length: (images + batchSize) * 784}, (_, at) => (at * 7919) % 256);
let began;
await applyCompiled(
  (batch) => network.apply(batch, {mode: 'evaluation'}),
  {dtype: 'uint8', shape: [images + batchSize, ...input], data},
  batchSize,
  () => {
    began ??= performance.now();
  },
);
console.log((performance.now() - began) / images);
