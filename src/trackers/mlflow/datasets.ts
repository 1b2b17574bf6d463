import {open} from 'node:fs/promises';
import type {RunStarted, StageOutput} from '../../core/events.js';
import {MlflowFailure} from './failure.js';

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

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The longest digest that MLflow keeps. */
const longestDigest = 36;
const numpyNames: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  I64: 'int64',
  I32: 'int32',
  U8: 'uint8',
  I8: 'int8',
  BOOL: 'bool',
};

/** The splits of one output of a stage that begins the graph: name, digest, where it is from, shapes and dtypes. */
export function datasetInputs(
  stage: Pick<RunStarted['stages'][number], 'name' | 'use' | 'with'>,
  {files}: StageOutput,
): Promise<readonly DatasetInput[]> {
  const splits = files.filter(({name}) => name.endsWith('.safetensors'));
  return Promise.all(
    splits.map(async ({name, digest, path}) => {
      const split = name.slice(0, -'.safetensors'.length);
      const tensors = Object.entries(
        await header(path).catch(({message}: Error) => {
          throw new MlflowFailure('UNREADABLE', 'refused', `${stage.name}/${name} could not be read (${message})`);
        }),
      );
      const specs = tensors.map(([tensor, {dtype, shape}]) => ({
        name: tensor,
        type: 'tensor',
        'tensor-spec': {dtype: numpyNames[dtype] ?? dtype.toLowerCase(), shape: [-1, ...shape.slice(1)]},
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
    }),
  );
}

/** What a safetensors file says it holds: a length in 8 bytes, then JSON. */
async function header(path: string): Promise<Readonly<Record<string, Entry>>> {
  const file = await open(path);
  try {
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const text = Buffer.alloc(Number(length.readBigUInt64LE()));
    await file.read(text, 0, text.length, 8);
    const {__metadata__: _metadata, ...tensors} = JSON.parse(text.toString('utf8')) as Record<string, Entry>;
    return tensors;
  } finally {
    await file.close();
  }
}
