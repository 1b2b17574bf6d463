import type {StageContext} from '../../core/stage-context.js';
import {binFeatures} from './bins.js';
import {Crew} from './crew.js';
import {RunningScores, type TreeEnsemble, valuesOf} from './ensemble.js';
import {figuresOf, type LabelledExamples, labelsOf, prefixed} from './figures.js';
import type {GradientTreeOptions} from './gradient-tree.js';
import type {ClassState} from './grower.js';
import {type Grown, growRounds} from './growth.js';
import {sharedDoubles, sharedFloats} from './shared.js';
import {addTree, type Tree} from './tree.js';

export interface BoostingOptions extends GradientTreeOptions {
  readonly rounds: number;
  /** Share of the features that each tree may split by. */
  readonly features: number;
}

/**
 * Gradient boosting of the softmax's cross-entropy: each round grows a tree a class that lowers the loss of the scores so far. Returns the
 * trees, those of a round in order of their classes, and the scores they begin with: the logarithms of the classes' shares, centred.
 */
export async function boost(
  ensemble: TreeEnsemble,
  options: BoostingOptions,
  train: LabelledExamples,
  validation: LabelledExamples | undefined,
  context: StageContext,
  threads?: number,
): Promise<Grown & {readonly base: Float32Array}> {
  const names = ensemble.trees.classes;
  const data = binFeatures(train.examples);
  const labels = labelsOf(train);
  const base = startOf(labels, names);
  const classes = Array.from(base, (start): ClassState => {
    const scores = sharedDoubles(data.examples).fill(start);
    return {scores, first: sharedFloats(data.examples), second: sharedFloats(data.examples)};
  });
  const running = validation && new RunningScores(ensemble, validation.examples, base);
  const figures = (grown: readonly Tree[]): Record<string, number> => {
    running?.add(grown);
    const loss = differentiate(classes, labels);
    return {loss, ...(running && validation && prefixed('validation/', figuresOf(running.scores(), labelsOf(validation))))};
  };
  differentiate(classes, labels);
  const grown = await Crew.use(
    {kind: 'gradient', data, seed: context.seed, options, classes},
    async (crew) =>
      await growRounds(
        {
          rounds: options.rounds,
          treesPerRound: names,
          base,
          grow: (indices) => crew.grow(indices),
          replay: (trees) => {
            const valueAt = valuesOf(train.examples);
            // a tree speaks of one class
            for (const [index, tree] of trees.entries())
              addTree(
                {...tree, classes: new Int32Array(tree.classes.length)},
                data.examples,
                1,
                valueAt,
                scoresOf(classes, index),
              );
            figures(trees);
          },
          figures,
        },
        options.rounds * names,
        context,
      ),
    threads,
  );
  return {...grown, base};
}

const scoresOf = (classes: readonly ClassState[], tree: number): Float64Array =>
  (classes[tree % classes.length] as ClassState).scores;

/** Logarithms of the classes' shares less their mean, as scikit-learn begins; of a class without examples as if it had one. */
function startOf(labels: Uint8Array, classes: number): Float32Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const logarithms = counts.map((count) => Math.log(Math.max(count, 1) / labels.length));
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / classes;
  return Float32Array.from(logarithms, (value) => value - mean);
}

/** Derivatives of the cross-entropy by each class's score: p − 1 or p, and p (1 − p); returns its mean in nats. */
function differentiate(classes: readonly ClassState[], labels: Uint8Array): number {
  const powers = new Float64Array(classes.length);
  let loss = 0;
  for (let example = 0; example < labels.length; example++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (const {scores} of classes) largest = Math.max(largest, scores[example] as number);
    let sum = 0;
    for (let name = 0; name < classes.length; name++) {
      powers[name] = Math.exp(((classes[name] as ClassState).scores[example] as number) - largest);
      sum += powers[name] as number;
    }
    for (let name = 0; name < classes.length; name++) {
      const {first, second} = classes[name] as ClassState;
      const share = (powers[name] as number) / sum;
      first[example] = share - (labels[example] === name ? 1 : 0);
      second[example] = share * (1 - share);
    }
    loss -= Math.log((powers[labels[example] as number] as number) / sum);
  }
  return loss / labels.length;
}
