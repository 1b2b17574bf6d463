import type {EpochFigures} from '../../core/epoch-history.js';
import {Interrupted, type StageContext} from '../../core/stage-context.js';
import {encodeCheckpoint, furthestCheckpoint, type Saved} from '../../tensor/checkpoint.js';
import {joinTrees, splitTrees} from './ensemble.js';
import type {Tree} from './tree.js';

/** An ensemble that grows by rounds of trees. */
interface Growth {
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
      throw new Interrupted(`stopped after ${trees.length} of ${total} trees; the next run resumes from there`);
  }
  await context.checkpoints.saveFinished(await encode(growth, trees, history));
  return {trees, history};
}

/** History of an ensemble: its figures, round by round. */
type History = EpochFigures[];

const encode = ({base}: Growth, trees: readonly Tree[], history: History): Promise<Uint8Array> =>
  encodeCheckpoint({tensors: joinTrees(trees, base), progress: history});

/** Takes up the trees of an earlier growth that went no further than `total` trees, in whole rounds. */
async function resume(growth: Growth, total: number, {checkpoints, report}: StageContext) {
  const countOf = ({tensors}: Saved<History>): number => tensors['nodes']?.data.length ?? 0;
  const {saved} = await furthestCheckpoint<History>(checkpoints, countOf, total);
  if (!saved) return {trees: [], history: []};
  const all = {trees: splitTrees(saved.tensors), history: saved.progress};
  const rounds = Math.floor(all.trees.length / growth.treesPerRound);
  const whole = {trees: all.trees.slice(0, rounds * growth.treesPerRound), history: all.history.slice(0, rounds)};
  const {trees, history} = all.trees.length === total ? all : whole;
  growth.replay(trees);
  for (const {epoch, ...figures} of history) report.metrics(epoch, figures);
  report.log(`resuming from ${trees.length} trees of ${total}`);
  return {trees, history};
}
