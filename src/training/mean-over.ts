import type {PackedSplit} from '../core/ports.js';
import {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';
import {uploadRows} from '../tensor/upload.js';
import type {Objective} from './objective.js';

/** Figures of a split, each the mean over its examples, measured `batchSize` examples at a time. Random numbers depend on the seed only. */
export function meanOver(
  split: PackedSplit,
  batchSize: number,
  seed: number,
  measure: NonNullable<Objective['measure']>,
): Record<string, number> {
  const count = Object.values(split)[0]?.shape[0] ?? 0;
  const means: Record<string, number> = {};
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(start + batchSize, count);
    tf.tidy(() => {
      const batch = Object.fromEntries(Object.entries(split).map(([name, tensor]) => [name, uploadRows(tensor, start, end)]));
      const figures = measure(batch, new RandomStream(seed, tf.scalar(-2 - start, 'int32')));
      for (const [name, figure] of Object.entries(figures)) {
        const isMean = figure.rank === 0;
        const value = (isMean ? figure : tf.sum(figure)).dataSync()[0] ?? Number.NaN;
        means[name] = (means[name] ?? 0) + (isMean ? value * (end - start) : value) / count;
      }
    });
  }
  return means;
}
