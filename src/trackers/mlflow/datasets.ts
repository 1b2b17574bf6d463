import type {RunStarted} from '../../core/events.js';
import type {Results} from '../../history/results.js';

/** A split of a dataset that a run begins with, as MLflow lists it. */
export interface DatasetInput {
  readonly tags: readonly {readonly key: string; readonly value: string}[];
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly source_type: string;
    readonly source: string;
    readonly schema: string;
    readonly profile: string;
  };
}

/** The longest digest that MLflow keeps. */
const longestDigest = 36;

/** The splits of one output of a stage that begins the graph: name, digest, where it is from, shapes and dtypes, by numpy's names. */
export const datasetInputs = (
  stage: Pick<RunStarted['stages'][number], 'name' | 'use' | 'with'>,
  splits: Awaited<ReturnType<Results['splits']>>,
): readonly DatasetInput[] =>
  splits.map(({split, digest, tensors: types}) => {
    const tensors = Object.entries(types);
    const specs = tensors.map(([tensor, {dtype, shape}]) => ({
      name: tensor,
      type: 'tensor',
      'tensor-spec': {dtype, shape: [-1, ...shape.slice(1)]},
    }));
    const shapes = Object.fromEntries(tensors.map(([tensor, {shape}]) => [tensor, shape]));
    return {
      tags: [{key: 'mlflow.data.context', value: split}],
      dataset: {
        name: `${stage.name}/${split}`,
        digest: digest.slice(0, longestDigest),
        source_type: 'tfpipe',
        source: JSON.stringify({use: stage.use, with: stage.with}),
        schema: JSON.stringify({mlflow_tensorspec: {features: JSON.stringify(specs), targets: null}}),
        profile: JSON.stringify({features_shape: shapes, num_rows: tensors[0]?.[1].shape[0] ?? 0}),
      },
    };
  });
