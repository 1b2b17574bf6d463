import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {Interrupted} from '#tfpipe/core/stage-context.js';
import {binFeatures} from '#tfpipe/numerics/trees/bins.js';
import {type BoostingOptions, boost} from '#tfpipe/numerics/trees/boosting.js';
import {ensembleScores, joinTrees, splitTrees, type TreeEnsemble} from '#tfpipe/numerics/trees/ensemble.js';
import {figuresOf, labelsOf} from '#tfpipe/numerics/trees/figures.js';
import {type ForestOptions, growForest} from '#tfpipe/numerics/trees/forest.js';
import {growGiniTree} from '#tfpipe/numerics/trees/gini-tree.js';
import type {Tree} from '#tfpipe/numerics/trees/tree.js';
import {classes, context, examples, expected, features} from './reference.js';

const shares: TreeEnsemble = {input: [features], trees: {classes, leaves: 'shares'}};
const scores: TreeEnsemble = {input: [features], trees: {classes, leaves: 'scores'}};
const forest: ForestOptions = {
  ...{trees: 100, classes, featuresPerSplit: 2},
  ...{depth: Number.POSITIVE_INFINITY, leafExamples: 1, bootstrap: true},
};
const boosting: BoostingOptions = {rounds: 20, rate: 0.1, leaves: 8, leafExamples: 10, features: 1, l2: 0.5};

/** Feature and threshold of every split, children after their parent, left first. */
function splits({feature, threshold, left, right}: Tree, node = 0): (readonly [number, number])[] {
  if ((feature[node] as number) < 0) return [];
  const below = [left, right].flatMap((side) => splits({feature, threshold, left, right} as Tree, side[node] as number));
  return [[feature[node] as number, threshold[node] as number], ...below];
}

test('a single tree of all features has scikit-learn’s splits, one after the other', () => {
  const train = examples(3);
  const options = {classes, featuresPerSplit: features, depth: 3, leafExamples: 20, bootstrap: false};
  const tree = growGiniTree(binFeatures(train.examples), labelsOf(train), options, [1, 0]);
  const found = splits(tree);
  assert.deepEqual(
    found.map(([feature]) => feature),
    expected.tree.map(([feature]) => feature),
  );
  const off = found.map(([, threshold], at) => Math.abs(threshold - (expected.tree[at]?.[1] as number)));
  assert.ok(Math.max(...off) < 1e-6, `off by ${off}`);
});

test('boosting gives scikit-learn’s scores', async () => {
  const train = examples(3);
  const seen = examples(5);
  const {trees, base, history} = await boost(scores, boosting, train, seen, context(1));
  const found = ensembleScores(scores, joinTrees(trees, base), seen.examples);
  const largest = Math.max(...expected.boosting.flat().map((value, at) => Math.abs(value - (found.data[at] as number))));
  assert.ok(largest < 2e-5, `off by ${largest}`);
  assert.ok(Math.abs((history.at(-1)?.['validation/loss'] as number) - expected.boostingLoss) < 1e-5);
});

test('a forest is as good as scikit-learn’s', async () => {
  const [train, seen] = [examples(3), examples(5)];
  const accuracies: number[] = [];
  const losses: number[] = [];
  for (const seed of [1, 2]) {
    const {trees} = await growForest(shares, forest, train, undefined, context(seed), 1);
    const figures = figuresOf(ensembleScores(shares, joinTrees(trees, new Float32Array(classes)), seen.examples), labelsOf(seen));
    accuracies.push(figures.accuracy);
    losses.push(figures.loss);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean(accuracies) - mean(expected.forestAccuracy)) < 0.01, `${accuracies}`);
  assert.ok(Math.abs(mean(losses) - mean(expected.forestLoss)) < 0.01, `${losses}`);
});

test('a tree of all examples whose leaves are pure is right about every one of them', () => {
  const train = examples(3, 200);
  const tree = growGiniTree(binFeatures(train.examples), labelsOf(train), {...forest, bootstrap: false}, [1, 0]);
  const found = ensembleScores(shares, joinTrees([tree], new Float32Array(classes)), train.examples);
  assert.equal(figuresOf(found, labelsOf(train)).accuracy, 1);
});

test('bytes with a scale give the trees of the numbers that they stand for', async () => {
  const bytes = Uint8Array.from({length: 600 * features}, (_, at) => (at * at * 7 + at * 13) % 251);
  const labels = examples(3).labels;
  const packed = {...hostTensor('uint8', [600, features], bytes), affine: {scale: -1 / 255, offset: 1}};
  const numbers = hostTensor(
    'float32',
    [600, features],
    Float32Array.from(bytes, (byte) => byte * (-1 / 255) + 1),
  );
  const [first, second] = await Promise.all(
    [packed, numbers].map((given) => growForest(shares, {...forest, trees: 3}, {examples: given, labels}, undefined, context(1))),
  );
  assert.deepEqual(first?.trees, second?.trees);
});

test('the number of threads does not change a tree', async () => {
  const train = examples(3);
  const grow = async (threads: number) => [
    (await growForest(shares, {...forest, trees: 12}, train, undefined, context(1), threads)).trees,
    (await boost(scores, {...boosting, features: 0.5}, train, undefined, context(1), threads)).trees,
  ];
  assert.deepEqual(await grow(1), await grow(3));
});

test('another seed gives another forest', async () => {
  const grow = async (seed: number) =>
    (await growForest(shares, {...forest, trees: 1}, examples(3), undefined, context(seed))).trees;
  assert.notDeepEqual(await grow(1), await grow(2));
});

for (const [kind, grow] of Object.entries({
  forest: async (length: number, given: Parameters<typeof context>[1] = {}) =>
    await growForest(shares, {...forest, trees: length * 10}, examples(3), examples(5), context(1, given)),
  boosting: async (length: number, given: Parameters<typeof context>[1] = {}) =>
    await boost(scores, {...boosting, rounds: length}, examples(3), examples(5), context(1, given)),
})) {
  test(`${kind}: interrupted and resumed, it ends with the same trees and history`, async () => {
    const abort = new AbortController();
    const {checkpoints, saved, report} = context(1);
    const stopAfterTwo = {...report, metrics: (round: number) => void (round === 2 && abort.abort())};
    await assert.rejects(grow(4, {signal: abort.signal, report: stopAfterTwo, checkpoints}), Interrupted);
    assert.equal(saved.length, 1);
    assert.deepEqual(await grow(4, {checkpoints: {...checkpoints, load: async () => saved[0]}}), await grow(4));
  });

  test(`${kind}: a longer one goes on from the end of a shorter one`, async () => {
    const {checkpoints} = context(1);
    const finished: Uint8Array[] = [];
    await grow(2, {checkpoints: {...checkpoints, saveFinished: async (bytes) => void finished.push(bytes)}});
    assert.deepEqual(await grow(4, {checkpoints: {...checkpoints, loadFinished: async () => finished[0]}}), await grow(4));
  });
}

test('trees joined and split again are the same', async () => {
  const {trees} = await growForest(shares, {...forest, trees: 3}, examples(3), undefined, context(1));
  assert.deepEqual(splitTrees(joinTrees(trees, new Float32Array(classes))), trees);
});
