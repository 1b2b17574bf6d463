import {setImmediate} from 'node:timers/promises';
import {permutation} from '../tensor/random.js';
import {decodeSafetensors, encodeSafetensors} from '../tensor/safetensors.js';
import type {TrainingStep} from '../tensor/training-step.js';
import {Interrupted, type StageContext} from '../util/stage-context.js';

export interface TrainingLoop {
  readonly step: TrainingStep;
  /** Number of training examples; a last batch that is not full is left out, another one in each epoch. */
  readonly examples: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Figures measured after an epoch (1 is the first), such as validation losses; its weights are in the variables by then. */
  readonly evaluate: (epoch: number) => Readonly<Record<string, number>> | undefined;
}

/** One line a finished epoch: its number and all figures known of it. */
export type EpochFigures = Readonly<Record<string, number>> & {readonly epoch: number};

const checkpointMilliseconds = 30_000;
/** How long training may keep the process to itself before it reports and looks at messages. */
const busyMilliseconds = 100;

/** How far training has come: all that a checkpoint holds beside the weights and the optimisers' slots. */
interface Progress {
  /** Steps done since the first epoch began. */
  position: number;
  /** Sums of this epoch's losses so far. */
  totals: Record<string, number>;
  history: EpochFigures[];
}

/**
 * Trains epoch by epoch: every epoch visits the examples in an order that is a function of (seed, epoch) and reports its mean
 * losses. Writes a checkpoint every 30 s and when interrupted. Goes on from the stage's checkpoint when one is there, and then
 * ends with the same bits as a run that was never interrupted. Throws `Interrupted` when cancelled.
 */
export async function trainEpochs(loop: TrainingLoop, context: StageContext): Promise<readonly EpochFigures[]> {
  const {step, examples, batchSize, epochs, evaluate} = loop;
  const stepsPerEpoch = Math.floor(examples / batchSize);
  if (stepsPerEpoch === 0) throw new Error(`Expected at least one batch of ${batchSize} training examples, got ${examples}`);
  const progress = await resume(step, context);
  let order: Int32Array | undefined;
  let saved = performance.now();
  let yielded = saved;
  while (progress.position < epochs * stepsPerEpoch) {
    const epoch = Math.floor(progress.position / stepsPerEpoch) + 1;
    const index = progress.position % stepsPerEpoch;
    if (!order || index === 0) order = permutation(examples, context.seed, epoch);
    const losses = step.run(order.subarray(index * batchSize, (index + 1) * batchSize), progress.position);
    for (const [name, loss] of Object.entries(losses)) progress.totals[name] = (progress.totals[name] ?? 0) + loss;
    progress.position += 1;
    if (index + 1 === stepsPerEpoch) {
      step.pullWeights();
      const means = Object.fromEntries(Object.entries(progress.totals).map(([name, total]) => [name, total / stepsPerEpoch]));
      const figures = {...means, ...evaluate(epoch)};
      progress.history.push({epoch, ...figures});
      progress.totals = {};
      context.report.metrics(epoch, figures);
    }
    if (performance.now() - yielded < busyMilliseconds) continue;
    context.report.progress(progress.position, epochs * stepsPerEpoch, 'step', {epoch, ...losses});
    await setImmediate();
    yielded = performance.now();
    if (!context.signal.aborted && yielded - saved < checkpointMilliseconds) continue;
    await save(step, progress, context);
    saved = performance.now();
    if (context.signal.aborted) throw new Interrupted(`stopped in epoch ${epoch} of ${epochs}; the next run goes on from there`);
  }
  return progress.history;
}

async function save(step: TrainingStep, progress: Progress, context: StageContext): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors(step.readState(), {progress: JSON.stringify(progress)})) chunks.push(chunk);
  await context.checkpoints.save(Buffer.concat(chunks));
}

async function resume(step: TrainingStep, context: StageContext): Promise<Progress> {
  const bytes = await context.checkpoints.load();
  if (!bytes) return {position: 0, totals: {}, history: []};
  const {tensors, metadata} = decodeSafetensors(bytes);
  step.writeState(tensors);
  const progress = JSON.parse(metadata['progress'] ?? '') as Progress;
  for (const {epoch, ...figures} of progress.history) context.report.metrics(epoch, figures);
  context.report.log(`going on from the checkpoint at step ${progress.position}`);
  return progress;
}

/** The history as a table: a column a figure, `null` where an epoch has none. */
export function historyColumns(history: readonly EpochFigures[]): Record<string, (number | null)[]> {
  const names = new Set(['epoch', ...history.flatMap((figures) => Object.keys(figures))]);
  return Object.fromEntries([...names].map((name) => [name, history.map((figures) => figures[name] ?? null)]));
}
