import {setImmediate} from 'node:timers/promises';
import {permutation} from '../core/counter-random.js';
import type {EpochFigures} from '../core/epoch-history.js';
import type {HostTensor} from '../core/host-tensor.js';
import {Interrupted, type StageContext} from '../core/stage-context.js';
import {encodeCheckpoint, furthestCheckpoint} from '../tensor/checkpoint.js';
import type {Companion} from './companion.js';
import type {TrainingStep} from './steps/training-program.js';
import {LossTripwires, nonFiniteTensor} from './tripwires.js';

interface TrainingLoop {
  readonly step: TrainingStep;
  /** Number of training examples; a last batch that is not full is left out, another one in each epoch. */
  readonly examples: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs between two calls of `evaluate`, which is also called after the last. */
  readonly validateEvery: number;
  /** Figures measured after an epoch, such as validation losses; its weights are in the variables by then. */
  readonly evaluate: () => Readonly<Record<string, number>>;
  readonly companions?: readonly Companion[];
  /** Milliseconds since any fixed time. */
  readonly now?: () => number;
}

/** Time for which training may keep the process to itself before it reports and handles messages. */
const busyMilliseconds = 100;

/** Progress of a training: all that a checkpoint holds beside the weights, the optimisers' slots and the companions' state. */
interface Progress {
  /** Steps done since the first epoch began. */
  position: number;
  /** Sums of this epoch's losses so far. */
  totals: Record<string, number>;
  history: EpochFigures[];
}

/**
 * Trains epoch by epoch: every epoch visits the examples in an order that is a function of (seed, epoch) and reports its mean
 * losses. Writes a checkpoint as often as the stage says (`run.checkpoint`) and when interrupted, and leaves its end for a longer run.
 * Resumes from the most advanced saved state; the result is the same, bit by bit, as of an uninterrupted run. Throws `Interrupted` when
 * cancelled.
 */
export async function trainEpochs(loop: TrainingLoop, context: StageContext): Promise<readonly EpochFigures[]> {
  const {step, examples, batchSize, epochs, validateEvery, evaluate, companions = [], now = () => performance.now()} = loop;
  const stepsPerEpoch = Math.floor(examples / batchSize);
  if (stepsPerEpoch === 0) throw new Error(`Expected at least one batch of ${batchSize} training examples, got ${examples}`);
  const total = epochs * stepsPerEpoch;
  const {progress, finished} = await resume(loop, total, context);
  let order: Int32Array | undefined;
  let saved = now();
  let yielded = saved;
  const tripwires = new LossTripwires();
  let good = progress.position;
  const trip = (sentence: string): void => context.trip?.(`${sentence} ${placeOf(progress.position, stepsPerEpoch, good)}`);
  const isOver = (): boolean => companions.some((companion) => companion.isOver?.(progress.history));
  while (progress.position < total && !isOver()) {
    const epoch = Math.floor(progress.position / stepsPerEpoch) + 1;
    const index = progress.position % stepsPerEpoch;
    const endsEpoch = index + 1 === stepsPerEpoch;
    if (!order || index === 0) order = permutation(examples, context.seed, epoch);
    const losses = step.run(order.subarray(index * batchSize, (index + 1) * batchSize), progress.position);
    for (const [name, loss] of Object.entries(losses)) progress.totals[name] = (progress.totals[name] ?? 0) + loss;
    progress.position += 1;
    const fault = tripwires.fault(losses);
    if (fault !== undefined) trip(fault);
    if (endsEpoch) {
      step.pullWeights();
      const means = Object.fromEntries(Object.entries(progress.totals).map(([name, sum]) => [name, sum / stepsPerEpoch]));
      const figures = {...means, ...(epoch % validateEvery === 0 && evaluate())};
      progress.history.push({epoch, ...figures});
      for (const companion of companions) companion.afterEpoch?.(progress.history);
      progress.totals = {};
      context.report.metrics(epoch, figures);
    }
    const taken = {step: progress.position, endsEpoch, pullWeights: endsEpoch ? () => {} : () => step.pullWeights()};
    for (const companion of companions) await companion.afterStep?.(taken);
    if (now() - yielded < busyMilliseconds) continue;
    context.report.progress(progress.position, total, 'step', {epoch, ...losses});
    await setImmediate();
    yielded = now();
    if (!context.signal.aborted && yielded - saved < context.checkpoints.everySeconds * 1000) continue;
    await context.checkpoints.save(await encode(loop, progress, trip));
    good = progress.position;
    saved = now();
    if (context.signal.aborted) throw new Interrupted(`stopped in epoch ${epoch} of ${epochs}; the next run resumes from there`);
  }
  // left before the last look at the validation split, which a longer run does not take
  if (finished < total) await context.checkpoints.saveFinished(await encode(loop, progress, trip));
  return finish(loop, progress.history, context);
}

/** "in epoch 3, batch 17 of 600; the checkpoint of step 1200 is kept" */
function placeOf(position: number, stepsPerEpoch: number, good: number): string {
  const [epoch, batch] = [Math.ceil(position / stepsPerEpoch), ((position - 1) % stepsPerEpoch) + 1];
  const kept = good > 0 ? `the last good checkpoint, of step ${good}, is kept` : 'no checkpoint had been written yet';
  return `in epoch ${epoch}, batch ${batch} of ${stepsPerEpoch}; ${kept}`;
}

/** The history, with figures measured after its last epoch where that epoch had none. */
function finish(
  {epochs, validateEvery, evaluate, companions = []}: TrainingLoop,
  history: readonly EpochFigures[],
  {report}: StageContext,
): readonly EpochFigures[] {
  const last = history.at(-1);
  if (!last) return history;
  if (last.epoch < epochs) report.log(`stopped early, after epoch ${last.epoch} of ${epochs}`);
  if (last.epoch % validateEvery === 0) return history;
  const figures = evaluate();
  if (Object.keys(figures).length > 0) report.metrics(last.epoch, figures);
  const complete = [...history.slice(0, -1), {...last, ...figures}];
  for (const companion of companions) companion.afterEpoch?.(complete);
  return complete;
}

/** Beginning of the names of what a companion keeps. */
const kept = (companion: number): string => `companion/${companion}/`;

/** A checkpoint's bytes; spoilt weights trip, so that the last good checkpoint stays. */
async function encode(
  {step, companions = []}: TrainingLoop,
  progress: Progress,
  trip: (sentence: string) => void,
): Promise<Uint8Array> {
  const state = step.readState();
  const fault = nonFiniteTensor(state);
  if (fault !== undefined) trip(fault);
  const states = companions.flatMap((companion, index) =>
    Object.entries(companion.state?.read() ?? {}).map(([name, tensor]) => [`${kept(index)}${name}`, tensor] as const),
  );
  return encodeCheckpoint({tensors: {...state, ...Object.fromEntries(states)}, progress});
}

/** Puts back the most advanced state that is not past `total` steps; `finished`: steps of the longest finished run. */
async function resume(
  {step, companions = []}: TrainingLoop,
  total: number,
  {checkpoints, report}: StageContext,
): Promise<{readonly progress: Progress; readonly finished: number}> {
  const found = await furthestCheckpoint<Progress>(checkpoints, ({progress}) => progress.position, total);
  if (!found.saved) return {progress: {position: 0, totals: {}, history: []}, finished: found.reached};
  const {tensors, progress} = found.saved;
  step.writeState(tensors);
  for (const [index, companion] of companions.entries()) companion.state?.write(withoutPrefix(tensors, kept(index)));
  step.pullWeights();
  for (const {epoch, ...figures} of progress.history) report.metrics(epoch, figures);
  const what = found.isFinished ? `the ${progress.history.length} epochs of a finished run` : 'the checkpoint';
  report.log(`resuming from ${what} at step ${progress.position}`);
  return {progress, finished: found.reached};
}

/** The tensors whose names begin with `prefix`, by what follows it. */
const withoutPrefix = (tensors: Readonly<Record<string, HostTensor>>, prefix: string): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [])),
  );
