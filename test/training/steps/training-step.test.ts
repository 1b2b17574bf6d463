import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import type {Scalar, Tensor} from '@tensorflow/tfjs';
import {permutation} from '#tfpipe/core/counter-random.js';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';
import {loadTensorFlow, tf} from '#tfpipe/tensor/tensorflow.js';
import type {Phase, TrainingProgram, TrainingStep} from '#tfpipe/training/steps/training-program.js';
import {createTrainingStep} from '#tfpipe/training/steps/training-step.js';
import {adversarialProgram, batchSize, examples} from './adversarial-program.js';
import {largestDifference} from './gradients.js';

// one of its own: what other processes leave in theirs is not looked at
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'tfpipe-training-'));
after(() => rmSync(tmpdir(), {recursive: true}));
await loadTensorFlow();

const batchAt = (number: number): Int32Array => {
  const perEpoch = examples / batchSize;
  const order = permutation(examples, 5, Math.floor(number / perEpoch));
  return order.slice((number % perEpoch) * batchSize, ((number % perEpoch) + 1) * batchSize);
};

interface Trace {
  readonly losses: readonly Record<string, number>[];
  readonly state: Readonly<Record<string, HostTensor>>;
}

/** Runs steps `from..to`, from `state` where one is given. */
function train(options: Partial<TrainingProgram>, from: number, to: number, state?: Trace['state']): Trace {
  const {program, dispose} = adversarialProgram(options);
  const step = createTrainingStep(program);
  assert.equal(step.compiled, program.compile);
  try {
    if (state) step.writeState(state);
    const losses = [];
    for (let number = from; number < to; number++) losses.push(step.run(batchAt(number), number));
    return {losses, state: step.readState()};
  } finally {
    step.dispose();
    dispose();
  }
}

function assertClose(left: Trace, right: Trace, tolerance: number): void {
  for (const [number, losses] of left.losses.entries())
    for (const [name, loss] of Object.entries(losses)) {
      const other = right.losses[number]?.[name] ?? Number.NaN;
      assert.ok(Math.abs(loss - other) < tolerance, `${name} at step ${number}: ${loss} and ${other}`);
    }
  assert.deepEqual(Object.keys(left.state).sort(), Object.keys(right.state).sort());
  for (const [name, tensor] of Object.entries(left.state)) {
    const difference = largestDifference(tensor.data, right.state[name]?.data ?? []);
    assert.ok(difference < tolerance, `${name}: off by ${difference}`);
  }
}

test('eager and compiled agree over 20 steps', () => {
  const compiled = train({compile: true}, 0, 20);
  assertClose(train({compile: false}, 0, 20), compiled, 2e-4);
  // and they do learn
  const loss = (index: number): number => compiled.losses[index]?.['reconstruction'] ?? Number.NaN;
  assert.ok(loss(19) < loss(0) - 0.05, `${loss(0)} → ${loss(19)}`);
});

test('bfloat16 follows float32 at a distance', () => {
  const [exact, rounded] = [train({}, 0, 5), train({precision: 'bfloat16'}, 0, 5)];
  assertClose(exact, rounded, 0.1);
  assert.notDeepEqual(exact.losses, rounded.losses);
});

test('a step that is not compiled refuses bfloat16', () => {
  const {program, dispose} = adversarialProgram({compile: false, precision: 'bfloat16'});
  assert.throws(() => createTrainingStep(program), /precision: float32/);
  dispose();
});

for (const compile of [true, false]) {
  const kind = compile ? 'compiled' : 'eager';

  test(`${kind}: the same seed gives the same bits, another seed others`, () => {
    const first = train({compile}, 0, 6);
    assert.deepEqual(train({compile}, 0, 6), first);
    assert.notDeepEqual(train({compile, seed: 4}, 0, 6).losses, first.losses);
  });

  test(`${kind}: goes on from a saved state to the same bits`, () => {
    const whole = train({compile}, 0, 12);
    const half = train({compile}, 0, 5);
    const copy = structuredClone(half.state);
    const rest = train({compile}, 5, 12, half.state);
    assert.deepEqual(rest.state, whole.state);
    assert.deepEqual(rest.losses, whole.losses.slice(5));
    assert.deepEqual(half.state, copy, 'the state that was handed over must stay as it was');
  });

  test(`${kind}: several batches a call are several steps`, () => {
    const one = train({compile}, 0, 4);
    const {program, dispose} = adversarialProgram({compile});
    const step = createTrainingStep(program);
    const all = Int32Array.from([0, 1, 2, 3].flatMap((number) => [...batchAt(number)]));
    const mean = step.run(all, 0);
    assert.deepEqual(step.readState(), one.state);
    for (const name of Object.keys(mean)) {
      const expected = one.losses.reduce((total, losses) => total + (losses[name] ?? Number.NaN) / 4, 0);
      assert.ok(Math.abs((mean[name] ?? Number.NaN) - expected) < 1e-6);
    }
    assert.throws(() => step.run(all.subarray(1), 0), /whole batches of 16 examples, got 63 indices/);
    step.dispose();
    dispose();
  });

  const many = compile ? 1000 : 100;
  test(`${kind}: ${many} steps leave no tensor behind, and neither does the whole`, () => {
    const empty = tf.memory().numTensors;
    const {program, dispose} = adversarialProgram({compile});
    const step = createTrainingStep(program);
    const batch = batchAt(0);
    step.run(batch, 0);
    step.readState();
    const count = tf.memory().numTensors;
    for (let number = 1; number <= many; number++) step.run(batch, number);
    step.pullWeights();
    step.writeState(step.readState());
    assert.equal(tf.memory().numTensors, count);
    step.dispose();
    dispose();
    assert.equal(tf.memory().numTensors, empty);
  });

  test(`${kind}: pullWeights brings the weights into the variables they came from`, () => {
    const {program, dispose} = adversarialProgram({compile});
    const step = createTrainingStep(program);
    step.run(batchAt(0), 0);
    step.pullWeights();
    const state = step.readState();
    const learning = program.phases({images: tf.zeros([1, 12])}, undefined as never).flatMap((phase) => phase.updates);
    for (const variable of learning.flatMap((group) => group.variables))
      assert.deepEqual(variable.dataSync(), state[variable.name]?.data);
    step.dispose();
    dispose();
  });

  test(`${kind}: a checkpoint that lacks a tensor or has another shape is refused`, () => {
    const {program, dispose} = adversarialProgram({compile});
    const step = createTrainingStep(program);
    const {'encoder/0.bias': bias, ...rest} = step.readState();
    assert.throws(() => step.writeState(rest), /Expected the checkpoint to hold `encoder\/0.bias`/);
    const wrong = {...rest, 'encoder/0.bias': hostTensor('float32', [2], new Float32Array(2))};
    assert.throws(() => step.writeState(wrong), /`encoder\/0.bias` to be float32 \[9\], got float32 \[2\]/);
    assert.deepEqual(bias?.shape, [9]);
    step.dispose();
    dispose();
  });
}

/** A step with one weight, to look at one thing at a time. */
function small(compile: boolean, loss: (weight: Tensor, batch: Tensor) => Tensor, more: Partial<Phase> = {}): TrainingStep {
  const weight = tf.variable(tf.tensor1d([2, 3]), true);
  return createTrainingStep({
    data: {rows: hostTensor('float32', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))},
    batchSize: 2,
    seed: 1,
    precision: 'float32',
    compile,
    phases: ({rows}) => [
      {
        name: 'loss',
        updates: [{variables: [weight], optimizer: {sgd: {rate: 0.1}}}],
        loss: () => tf.sum(loss(weight, rows as Tensor)) as Scalar,
        ...more,
      },
    ],
  });
}

test('values computed before the step are constants of a compiled one', () => {
  const [scale, frozen] = [tf.mul(tf.tensor1d([1, 10]), 2), tf.variable(tf.scalar(0.5), false)];
  const run = (compile: boolean): number[] => {
    const step = small(compile, (weight, rows) => tf.mul(tf.mul(tf.mul(weight, rows), scale), frozen));
    return [1, 2, 3].map((number) => step.run(Int32Array.of(0, 2), number)['loss'] ?? Number.NaN);
  };
  assert.deepEqual(run(true), run(false));
  assert.equal(run(true)[0], 2 * 6 + 10 * 3 * 8);
});

test('variables that a loss assigns are kept from step to step', () => {
  const results = [true, false].map((compile) => {
    const average = tf.variable(tf.zeros([2]), false);
    const assigning = (weight: Tensor, rows: Tensor): Tensor => {
      average.assign(tf.add(tf.mul(average, 0.9), tf.mul(tf.mean(rows, 0), 0.1)));
      return tf.mul(tf.mul(weight, rows), average);
    };
    const step = small(compile, assigning, {assigns: [average]});
    assert.deepEqual([...average.dataSync()], [0, 0], 'making the step must not count');
    const losses = [Int32Array.of(0, 1), Int32Array.of(1, 2)].map((indices, number) => step.run(indices, number)['loss'] ?? 0);
    step.pullWeights();
    return [...losses, ...average.dataSync()];
  });
  assert.ok(largestDifference(results[0] ?? [], results[1] ?? []) < 1e-4, String(results));
  // 0.9 · (0.1 · [2, 3]) + 0.1 · [4, 5]
  assert.ok(largestDifference(results[0]?.slice(2) ?? [], [0.58, 0.77]) < 1e-6);
});

test('two steps with variables of the same names do not meet', () => {
  const {program, dispose} = adversarialProgram();
  const [first, second] = [createTrainingStep(program), createTrainingStep(program)];
  const before = second.readState();
  first.run(batchAt(0), 0);
  assert.deepEqual(second.readState(), before);
  first.dispose();
  second.run(batchAt(0), 0);
  second.dispose();
  dispose();
});

test('what a graph cannot repeat is refused, with a way out', () => {
  const refused: [RegExp, (weight: Tensor) => Tensor][] = [
    [/got a read of a value .*compile: false/, (weight) => tf.mul(weight, weight.dataSync()[0] ?? 0)],
    [/`random`, got Math.random .*compile: false/, (weight) => tf.mul(weight, tf.randomUniform([2]))],
    [/`random`, got Math.random/, (weight) => tf.dropout(weight, 0.5)],
    [/`random`, got `Multinomial`/, (weight) => tf.mul(weight, tf.cast(tf.multinomial(tf.tensor1d([1, 2]), 2, 7), 'float32'))],
  ];
  for (const [message, loss] of refused) {
    assert.throws(() => small(true, loss), message);
    // and the place in the step's own code
    assert.throws(() => small(true, loss), /\(at .*training-step\.test\.js:\d+:\d+\)$/);
    // nothing of the recording stays behind
    assert.ok(tf.randomUniform([2]).dataSync().length === 2);
  }
});

for (const compile of [true, false])
  test(`a loss that does not depend on what learns from it is refused, ${compile ? 'compiled' : 'eager'}`, () => {
    const other = tf.variable(tf.scalar(1), true, `unused-${compile}`);
    const updates = [{variables: [other], optimizer: {sgd: {}}}];
    const weight = tf.variable(tf.scalar(1), true);
    const both = [{variables: [other, weight], optimizer: {sgd: {}}}];
    const start = (phase: Partial<Phase>): void => void small(compile, () => weight, phase).run(Int32Array.of(0, 1), 0);
    assert.throws(() => start({updates: both}), new RegExp(`loss \`loss\` to depend on the variable \`unused-${compile}\``));
    assert.throws(() => start({updates}));
  });

test('data of different lengths is refused', () => {
  const {program, dispose} = adversarialProgram();
  const labels = hostTensor('int32', [3], new Int32Array(3));
  for (const compile of [true, false])
    assert.throws(
      () => createTrainingStep({...program, compile, data: {...program.data, labels}}),
      /same number of examples, at least 1, got 64 in `images`, 3 in `labels`/,
    );
  dispose();
});

test('the written graph does not stay in the temporary folder', () => {
  assert.deepEqual(readdirSync(tmpdir()), []);
});

for (const compile of [true, false])
  test(`bytes that stand for other values train as those values do (${compile ? 'compiled' : 'eager'})`, () => {
    const bytes = Uint8Array.from({length: 40}, (_, index) => (index * 37) % 256);
    const shape = [10, 4];
    const [scale, offset] = [2 / 255, -1];
    const [first, second] = [
      {...hostTensor('uint8', shape, bytes), affine: {scale, offset}},
      hostTensor(
        'float32',
        shape,
        Float32Array.from(bytes, (byte) => byte * scale + offset),
      ),
    ].map((rows) => {
      const weight = tf.variable(tf.tensor1d([1, -2, 3, 0.5]), true);
      const step = createTrainingStep({
        data: {rows},
        batchSize: 5,
        seed: 1,
        precision: 'float32',
        compile,
        phases: ({rows: batch}) => [
          {
            name: 'loss',
            updates: [{variables: [weight], optimizer: {sgd: {rate: 0.1}}}],
            loss: () => tf.mean(tf.square(tf.sub(tf.mul(batch as Tensor, weight), 1))),
          },
        ],
      });
      const losses = [0, 1, 2].map((number) => step.run(Int32Array.of(9, 2, 4, 6, 1), number)['loss'] ?? Number.NaN);
      step.dispose();
      weight.dispose();
      return losses;
    });
    assert.ok((first?.[2] ?? 1) < (first?.[0] ?? 0));
    for (const [index, loss] of (first ?? []).entries()) assert.ok(Math.abs(loss - (second?.[index] ?? 0)) < 1e-5);
  });
