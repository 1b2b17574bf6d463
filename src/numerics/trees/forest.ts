import type {StageContext} from '../../core/stage-context.js';
import {binFeatures} from './bins.js';
import {Crew} from './crew.js';
import {RunningScores, type TreeEnsemble} from './ensemble.js';
import {figuresOf, type LabelledExamples, labelsOf, prefixed} from './figures.js';
import type {GiniTreeOptions} from './gini-tree.js';
import {type Grown, growRounds} from './growth.js';

/** Trees between two looks at the validation split. */
const treesPerRound = 10;

export interface ForestOptions extends GiniTreeOptions {
  readonly trees: number;
}

/** A random forest: each tree from examples and features of its own draw. Source: Breiman, Random Forests, 2001. */
export async function growForest(
  ensemble: TreeEnsemble,
  options: ForestOptions,
  train: LabelledExamples,
  validation: LabelledExamples | undefined,
  context: StageContext,
  threads?: number,
): Promise<Grown> {
  const {classes} = options;
  const data = binFeatures(train.examples);
  const labels = labelsOf(train);
  const base = new Float32Array(classes);
  const running = validation && new RunningScores(ensemble, validation.examples, base);
  return await Crew.use(
    {kind: 'gini', data, labels, seed: context.seed, options},
    async (crew) =>
      await growRounds(
        {
          rounds: Math.ceil(options.trees / treesPerRound),
          treesPerRound,
          base,
          grow: (indices) => crew.grow(indices),
          replay: (trees) => running?.add(trees),
          figures: (trees) => {
            running?.add(trees);
            return running && validation ? prefixed('validation/', figuresOf(running.scores(), labelsOf(validation))) : {};
          },
        },
        options.trees,
        context,
      ),
    threads,
  );
}
