// `node tfjs_peer.js WORK float32`: one epoch (aae), 300 steps (mlp, lenet) or some steps (dcgan) in TensorFlow.js as its users write
// it: the layers API, tf.train's optimisers, operation by operation. On the same TensorFlow library as ours.
import {createRequire} from 'node:module';
import {loadTensorFlow} from '#tfpipe/tensor/tensorflow.js';
import {mnistTrain} from '../mnist.js';

await loadTensorFlow();
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
const {layers, sequential} = tf;
const [work] = process.argv.slice(2);
const {images, labels} = await mnistTrain();
const x = tf.tidy(() => tf.tensor(Float32Array.from(images.data), images.shape).div(255));
const y = tf.tensor1d(Float32Array.from(labels.data));
const say = (value, unit) => console.log(JSON.stringify({value, unit}));
const variables = (model) => model.trainableWeights.map((weight) => weight.val);
const training = {training: true};

function crossEntropy(truth, probability) {
  const kept = probability.clipByValue(1e-7, 1 - 1e-7);
  return truth
    .mul(kept.log())
    .add(truth.neg().add(1).mul(kept.neg().add(1).log()))
    .mean()
    .neg();
}

function adversarialAutoencoder() {
  const stack = (sizes, activation) => {
    const inner = sizes
      .slice(1, -1)
      .flatMap((units, index) => [
        layers.dense({units, ...(index === 0 && {inputShape: [sizes[0]]})}),
        layers.dropout({rate: 0.2}),
        layers.reLU(),
      ]);
    return sequential({layers: [...inner, layers.dense({units: sizes.at(-1), activation})]});
  };
  const encoder = stack([784, 392, 392, 10], 'linear');
  const decoder = stack([10, 392, 392, 784], 'sigmoid');
  const discriminator = stack([10, 1500, 1500, 1], 'sigmoid');
  const [ofBoth, ofDiscriminator, ofGenerator] = [tf.train.adam(1e-3), tf.train.adam(1e-3), tf.train.adam(1e-4)];
  const judge = (codes, real) => {
    const told = discriminator.apply(codes, training);
    return crossEntropy(real ? tf.onesLike(told) : tf.zerosLike(told), told);
  };
  const reconstruct = (batch) => crossEntropy(batch, decoder.apply(encoder.apply(batch, training), training));
  const step = (batch) =>
    tf.tidy(() => {
      const first = ofBoth.minimize(() => reconstruct(batch), true, [...variables(encoder), ...variables(decoder)]);
      const real = tf.randomNormal([batch.shape[0], 10]).mul(5);
      const fake = encoder.apply(batch, {training: false});
      const second = ofDiscriminator.minimize(() => judge(real, true).add(judge(fake, false)), true, variables(discriminator));
      const third = ofGenerator.minimize(() => judge(encoder.apply(batch, training), true), true, variables(encoder));
      return first.add(second).add(third);
    });
  const flat = x.reshape([-1, 784]);
  const order = tf.util.createShuffledIndices(flat.shape[0]);
  const run = (steps) => {
    const start = performance.now();
    for (let at = 0; at < steps; at++) {
      const indices = tf.tensor1d(Int32Array.from(order.subarray(at * 1024, (at + 1) * 1024)), 'int32');
      const batch = tf.gather(flat, indices);
      step(batch).dataSync();
      tf.dispose([indices, batch]);
    }
    return (performance.now() - start) / 1000;
  };
  run(15);
  say(run(58), 's/epoch');
}

async function classifier(...inner) {
  const model = sequential({layers: [...inner, layers.dense({units: 10, activation: 'softmax'})]});
  model.compile({optimizer: tf.train.adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy']});
  const steps = 300;
  const fit = (count) =>
    model.fit(x.slice(0, count), y.slice(0, count), {batchSize: 32, epochs: 1, verbose: 0, yieldEvery: 'never'});
  await fit(32 * 20);
  const start = performance.now();
  await fit(32 * steps);
  say((performance.now() - start) / steps, 'ms/step');
}

function convolutionalGan() {
  const tanh = {activation: 'tanh'};
  const same = {kernelSize: 5, padding: 'same', ...tanh};
  const pool = () => layers.maxPooling2d({poolSize: 2});
  const generator = sequential({
    layers: [
      ...[layers.dense({inputShape: [100], units: 1024, ...tanh}), layers.dense({units: 6272}), layers.batchNormalization()],
      ...[layers.activation(tanh), layers.reshape({targetShape: [7, 7, 128]}), layers.upSampling2d({})],
      ...[layers.conv2d({filters: 64, ...same}), layers.upSampling2d({}), layers.conv2d({filters: 1, ...same})],
    ],
  });
  const discriminator = sequential({
    layers: [
      ...[
        layers.conv2d({inputShape: [28, 28, 1], filters: 64, ...same}),
        pool(),
        layers.conv2d({filters: 128, kernelSize: 5, ...tanh}),
      ],
      ...[pool(), layers.flatten(), layers.dense({units: 1024, ...tanh}), layers.dense({units: 1, activation: 'sigmoid'})],
    ],
  });
  const [ofDiscriminator, ofGenerator] = [tf.train.momentum(5e-4, 0.9, true), tf.train.momentum(5e-4, 0.9, true)];
  const count = 1024;
  const batch = x.slice(0, count).mul(2).sub(1);
  const noise = () => tf.randomUniform([count, 100], -1, 1);
  const one = tf.ones([count, 1]);
  const truth = tf.concat([one, tf.zeros([count, 1])]);
  const step = () =>
    tf.tidy(() => {
      const both = tf.concat([batch, generator.apply(noise(), training)]);
      const first = ofDiscriminator.minimize(
        () => crossEntropy(truth, discriminator.apply(both, training)),
        true,
        variables(discriminator),
      );
      const second = ofGenerator.minimize(
        () => crossEntropy(one, discriminator.apply(generator.apply(noise(), training), training)),
        true,
        variables(generator),
      );
      return first.add(second);
    });
  step().dataSync();
  const start = performance.now();
  for (let at = 0; at < 4; at++) step().dataSync();
  say((performance.now() - start) / 4e3, 's/step');
}

const tanh = {activation: 'tanh'};
const pool = () => layers.maxPooling2d({poolSize: 2});
if (work === 'aae') adversarialAutoencoder();
else if (work === 'mlp')
  await classifier(layers.flatten({inputShape: [28, 28, 1]}), layers.dense({units: 128, activation: 'relu'}));
else if (work === 'lenet')
  await classifier(
    ...[layers.conv2d({inputShape: [28, 28, 1], filters: 6, kernelSize: 5, ...tanh}), pool()],
    ...[layers.conv2d({filters: 16, kernelSize: 5, ...tanh}), pool(), layers.flatten()],
    ...[layers.dense({units: 120, ...tanh}), layers.dense({units: 84, ...tanh})],
  );
else convolutionalGan();
