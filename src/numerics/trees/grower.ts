import {counterUniform} from '../../core/counter-random.js';
import type {Binned} from './bins.js';
import {type GiniTreeOptions, growGiniTree} from './gini-tree.js';
import {type GradientTreeOptions, growGradientTree} from './gradient-tree.js';
import type {Tree} from './tree.js';

/** All that trees of an ensemble are grown from; arrays are in memory that threads share. */
export type GrowingJob =
  | {
      readonly kind: 'gini';
      readonly data: Binned;
      readonly labels: Uint8Array;
      readonly seed: number;
      readonly options: GiniTreeOptions;
    }
  | {
      readonly kind: 'gradient';
      readonly data: Binned;
      readonly seed: number;
      readonly options: GradientTreeOptions & {
        /** Share of the features that each tree may split by. */
        readonly features: number;
      };
      readonly classes: readonly ClassState[];
    };

/** State of boosting for one class. */
export interface ClassState {
  /** float64 [examples], raised by each tree. */
  readonly scores: Float64Array;
  /** float32 [examples]: derivatives of the loss by the score. */
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Tree `index` of an ensemble; of boosting the class is `index` modulo the classes, and the class's scores are raised. */
export function growTree(job: GrowingJob, index: number): Tree {
  if (job.kind === 'gini') return growGiniTree(job.data, job.labels, job.options, [job.seed, index]);
  const name = index % job.classes.length;
  const state = job.classes[name] as ClassState;
  const features = drawFeatures(job.data.features, job.options.features, [job.seed, index]);
  return growGradientTree(job.data, state, job.options, features, {name, scores: state.scores});
}

/** A share of the features, at least one, in ascending order. */
function drawFeatures(features: number, share: number, key: readonly [number, number]): Int32Array {
  const all = Int32Array.from({length: features}, (_, feature) => feature);
  const count = Math.max(1, Math.round(share * features));
  if (count === features) return all;
  for (const [at, random] of counterUniform(key, count).entries()) {
    const other = at + Math.floor(random * (features - at));
    [all[at], all[other]] = [all[other] as number, all[at] as number];
  }
  return all.subarray(0, count).sort();
}
