// `node bench/trees_ours.js forest|boosting EXAMPLES LENGTH`: our trees at the node's defaults; one JSON line.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {argv} from 'node:process';
import {boost} from '#tfpipe/numerics/trees/boosting.js';
import {ensembleScores, joinTrees} from '#tfpipe/numerics/trees/ensemble.js';
import {figuresOf} from '#tfpipe/numerics/trees/figures.js';
import {growForest} from '#tfpipe/numerics/trees/forest.js';

const [kind, count, length] = [argv[2], Number(argv[3]), Number(argv[4])];
const read = (name, skip) => new Uint8Array(readFileSync(join(process.env.FASHION_DIR, name)).subarray(skip));
const images = (name, examples) => ({
  dtype: 'uint8',
  shape: [examples, 784],
  data: read(`${name}-images`, 16).subarray(0, examples * 784),
});
const labels = {dtype: 'uint8', shape: [count], data: read('train-labels', 8).subarray(0, count)};
const train = {examples: images('train', count), labels};
const quiet = {
  seed: 1,
  report: {progress: () => {}, metrics: () => {}, log: () => {}},
  signal: new AbortController().signal,
  checkpoints: {
    everySeconds: 3600,
    load: async () => {},
    loadFinished: async () => {},
    save: async () => {},
    saveFinished: async () => {},
  },
};

const classes = 10;
const ensemble = {input: [784], trees: {classes, leaves: kind === 'forest' ? 'shares' : 'scores'}};
const start = performance.now();
const {trees, base = new Float32Array(classes)} =
  kind === 'forest'
    ? await growForest(
        ensemble,
        {trees: length, classes, featuresPerSplit: 28, depth: Infinity, leafExamples: 1, bootstrap: true},
        train,
        undefined,
        quiet,
      )
    : await boost(
        ensemble,
        {rounds: length, rate: 0.1, leaves: 31, leafExamples: 20, features: 1, l2: 0},
        train,
        undefined,
        quiet,
      );
const seconds = (performance.now() - start) / 1000;
const {accuracy} = figuresOf(ensembleScores(ensemble, joinTrees(trees, base), images('test', 10_000)), read('test-labels', 8));
console.log(JSON.stringify({value: seconds, accuracy}));
