import type {EpochFigures} from '../../core/epoch-history.js';
import type {HostTensor} from '../../core/host-tensor.js';
import {Interrupted, type StageContext} from '../../core/stage-context.js';
import {decodeSafetensors, encodeSafetensors} from '../../tensor/safetensors.js';
import {joinTrees, splitTrees} from './ensemble.js';
import type {Tree} from './tree.js';

/** An ensemble that grows by rounds of trees. */
export interface Growth {
  readonly rounds: number;
  readonly treesPerRound: number;
  readonly base: Float32Array;
  /** Grows the trees of these numbers. */
  grow(indices: readonly number[]): Promise<readonly Tree[]>;
  /** Takes trees in that a checkpoint had, as if they were grown here. */
  replay(trees: readonly Tree[]): void;
  /** Figures after a round. */
  figures(trees: readonly Tree[]): Readonly<Record<string, number>>;
}

export interface Grown {
  readonly trees: readonly Tree[];
  readonly history: readonly EpochFigures[];
}

/**
 * Grows round after round, from where a checkpoint or a shorter finished run ended. A tree depends on its number, the seed and, in boosting,
 * the trees before it, so an interrupted growth ends with the very trees of one that was not.
 */
export async function growRounds(growth: Growth, total: number, context: StageContext): Promise<Grown> {
  const {treesPerRound, rounds} = growth;
  const {trees, history} = await resume(growth, total, context);
  let saved = performance.now();
  for (let round = history.length; round < rounds; round++) {
    const [first, end] = [round * treesPerRound, Math.min((round + 1) * treesPerRound, total)];
    const grown = await growth.grow(Array.from({length: end - first}, (_, index) => first + index));
    trees.push(...grown);
    const figures = growth.figures(grown);
    history.push({epoch: round + 1, ...figures});
    context.report.metrics(round + 1, figures);
    context.report.progress(trees.length, total, 'tree', figures);
    if (!context.signal.aborted && performance.now() - saved < context.checkpoints.everySeconds * 1000) continue;
    await context.checkpoints.save(await encode(growth, trees, history));
    saved = performance.now();
    if (context.signal.aborted && round + 1 < rounds)
      throw new Interrupted(`stopped after ${trees.length} of ${total} trees; the next run goes on from there`);
  }
  await context.checkpoints.saveFinished(await encode(growth, trees, history));
  return {trees, history};
}

async function encode({base}: Growth, trees: readonly Tree[], history: readonly EpochFigures[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors(joinTrees(trees, base), {history: JSON.stringify(history)})) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What is kept of an earlier growth that went no further than `total` trees, in whole rounds. */
async function resume(growth: Growth, total: number, {checkpoints, report}: StageContext) {
  const kept = [decode(await checkpoints.load()), decode(await checkpoints.loadFinished())]
    .flatMap((each) => (each && each.trees.length <= total ? [each] : []))
    .toSorted((left, right) => right.trees.length - left.trees.length)[0];
  if (!kept) return {trees: [], history: []};
  const rounds = Math.floor(kept.trees.length / growth.treesPerRound);
  const history = kept.trees.length === total ? kept.history : kept.history.slice(0, rounds);
  const trees = kept.trees.length === total ? kept.trees : kept.trees.slice(0, rounds * growth.treesPerRound);
  growth.replay(trees);
  for (const {epoch, ...figures} of history) report.metrics(epoch, figures);
  report.log(`going on from ${trees.length} trees of ${total}`);
  return {trees, history};
}

function decode(bytes: Uint8Array | undefined): {readonly trees: Tree[]; readonly history: EpochFigures[]} | undefined {
  if (!bytes) return undefined;
  const {tensors, metadata} = decodeSafetensors(bytes);
  return {
    trees: splitTrees(tensors as Readonly<Record<string, HostTensor>>),
    history: JSON.parse(metadata['history'] ?? '[]') as EpochFigures[],
  };
}
