import {type Static, Type} from '@sinclair/typebox';
import {type HostTensor, rows} from '../core/host-tensor.js';
import type {Report} from '../core/node.js';
import type {DatasetValue, EmbeddingType} from '../core/ports.js';
import {datasetOf} from '../core/splits.js';
import {Interrupted, type StageContext} from '../core/stage-context.js';
import {trustworthiness} from '../numerics/metrics/trustworthiness.js';
import {splitWith} from './split-types.js';
import {floatsOf} from './tensors.js';

/** Params of every node that maps codes to fewer dimensions. */
export const mapParams = {
  split: Type.String({default: 'test', description: 'Where the codes come from.'}),
  points: Type.Integer({
    minimum: 10,
    maximum: 200_000,
    default: 10_000,
    description: 'Codes on the map, the first of the split.',
  }),
  neighbours: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 12,
    description: 'Neighbours that the reported trustworthiness looks at.',
  }),
};

type Given = Static<ReturnType<typeof Type.Object<typeof mapParams>>>;

/** Type of a map, float32 [points, dimensions] with the labels of the codes; reports a split that is not there. */
export function mapType(
  given: Given,
  dimensions: number,
  codes: EmbeddingType,
  report: Report,
): {readonly count: number; readonly type: EmbeddingType} {
  const tensors = splitWith(codes, given.split, [], report, {path: ['with', 'split'], of: 'the codes'});
  const available = tensors?.['codes']?.shape[0];
  const count = typeof available === 'number' ? Math.min(given.points, available) : given.points;
  const labels = tensors?.['labels'] && {labels: {...tensors['labels'], shape: [count]}};
  return {
    count,
    type: {kind: 'embedding', splits: {[given.split]: {codes: {dtype: 'float32', shape: [count, dimensions]}, ...labels}}},
  };
}

export interface CodesMap {
  /** float32 [points, dimensions]. */
  readonly map: HostTensor<'float32'>;
  readonly labels?: HostTensor;
  readonly value: DatasetValue;
}

type OnProgress = (done: number, total: number, unit: string) => void;

/** Maps the codes by `embed`, reports its progress, its figures and the map's trustworthiness. Throws an Interrupted when stopped. */
export async function mapCodes(
  given: Given,
  embedding: DatasetValue,
  {report, signal}: Pick<StageContext, 'report' | 'signal'>,
  embed: (
    codes: HostTensor<'float32'>,
    onProgress: OnProgress,
  ) => Promise<{readonly map: HostTensor<'float32'>; readonly figures?: Readonly<Record<string, number>>}>,
): Promise<CodesMap> {
  const split = await embedding.split(given.split);
  const codes = rows(floatsOf(split, 'codes'), 0, given.points);
  const count = codes.shape[0] ?? 0;
  const onProgress: OnProgress = (done, total, unit) => {
    if (signal.aborted) throw new Interrupted('stopped; a map has no checkpoint and starts again');
    report.progress(done, total, unit);
  };
  const {map, figures} = await embed(codes, onProgress);
  const k = Math.min(given.neighbours, Math.ceil(count / 2) - 1);
  const trust = await trustworthiness(codes, map, k, (done) => onProgress(done, count, 'rank'));
  report.metrics(0, {trustworthiness: trust, ...figures});
  const labels = split['labels'] && {labels: rows(split['labels'], 0, count)};
  return {map, ...labels, value: datasetOf({[given.split]: {codes: map, ...labels}}, 'embedding')};
}
