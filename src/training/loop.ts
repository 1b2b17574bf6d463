import {setImmediate} from 'node:timers/promises';
import {permutation} from '../core/counter-random.js';
import type {EpochFigures} from '../core/epoch-history.js';
import type {HostTensor} from '../core/host-tensor.js';
import {Interrupted, type StageContext} from '../core/stage-context.js';
import {decodeSafetensors, encodeSafetensors} from '../tensor/safetensors.js';
import {needsLength, type RateSchedule} from './rate-schedule.js';
import type {TrainingStep} from './steps/training-program.js';
import {LossTripwires, nonFiniteTensor} from './tripwires.js';

export interface TrainingLoop {
  readonly step: TrainingStep;
  /** Number of training examples; a last batch that is not full is left out, another one in each epoch. */
  readonly examples: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs between two calls of `evaluate`, which is also called after the last. */
  readonly validateEvery: number;
  /** Figures measured after an epoch, such as validation losses; its weights are in the variables by then. */
  readonly evaluate: () => Readonly<Record<string, number>>;
  readonly companion?: TrainingCompanion;
}

/** What looks at the networks after some steps and keeps something of them, in checkpoints too. */
export interface TrainingCompanion {
  /** Whether it looks after this step, counted from 1. */
  wants(step: number, epochEnded: boolean): boolean;
  /** Looks: weights are in the variables. */
  take(step: number): Promise<void>;
  readState(): Readonly<Record<string, HostTensor>>;
  writeState(state: Readonly<Record<string, HostTensor>>): void;
  /** Told of each epoch when its figures are known and its weights in the variables. */
  epochEnded?(history: readonly EpochFigures[]): void;
  /** Whether training shall end before its last epoch. */
  isOver?(history: readonly EpochFigures[]): boolean;
}

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
 * losses. Writes a checkpoint as often as the stage says (`run.checkpoint`) and when interrupted, and leaves its end for a longer run.
 * Goes on from the furthest of what is there, and then ends with the same bits as a run from the start. Throws `Interrupted` when
 * cancelled.
 */
export async function trainEpochs(loop: TrainingLoop, context: StageContext): Promise<readonly EpochFigures[]> {
  const {step, examples, batchSize, epochs, validateEvery, evaluate, companion} = loop;
  const stepsPerEpoch = Math.floor(examples / batchSize);
  if (stepsPerEpoch === 0) throw new Error(`Expected at least one batch of ${batchSize} training examples, got ${examples}`);
  const total = epochs * stepsPerEpoch;
  const {progress, finished} = await resume(loop, total, context);
  let order: Int32Array | undefined;
  let saved = performance.now();
  let yielded = saved;
  const tripwires = new LossTripwires();
  let good = progress.position;
  const trip = (sentence: string): void => context.trip?.(`${sentence} ${placeOf(progress.position, stepsPerEpoch, good)}`);
  while (progress.position < total && !companion?.isOver?.(progress.history)) {
    const epoch = Math.floor(progress.position / stepsPerEpoch) + 1;
    const index = progress.position % stepsPerEpoch;
    if (!order || index === 0) order = permutation(examples, context.seed, epoch);
    const losses = step.run(order.subarray(index * batchSize, (index + 1) * batchSize), progress.position);
    for (const [name, loss] of Object.entries(losses)) progress.totals[name] = (progress.totals[name] ?? 0) + loss;
    progress.position += 1;
    const fault = tripwires.fault(losses);
    if (fault !== undefined) trip(fault);
    if (index + 1 === stepsPerEpoch) {
      step.pullWeights();
      const means = Object.fromEntries(Object.entries(progress.totals).map(([name, sum]) => [name, sum / stepsPerEpoch]));
      const figures = {...means, ...(epoch % validateEvery === 0 && evaluate())};
      progress.history.push({epoch, ...figures});
      companion?.epochEnded?.(progress.history);
      progress.totals = {};
      context.report.metrics(epoch, figures);
    }
    if (companion?.wants(progress.position, index + 1 === stepsPerEpoch)) {
      step.pullWeights();
      await companion.take(progress.position);
    }
    if (performance.now() - yielded < busyMilliseconds) continue;
    context.report.progress(progress.position, total, 'step', {epoch, ...losses});
    await setImmediate();
    yielded = performance.now();
    if (!context.signal.aborted && yielded - saved < context.checkpoints.everySeconds * 1000) continue;
    await context.checkpoints.save(await encode(loop, progress, trip));
    good = progress.position;
    saved = performance.now();
    if (context.signal.aborted) throw new Interrupted(`stopped in epoch ${epoch} of ${epochs}; the next run goes on from there`);
  }
  // left before the last look at the validation split, which a longer run does not take
  if (finished < total) await context.checkpoints.saveFinished(await encode(loop, progress, trip));
  const last = progress.history.at(-1)?.epoch ?? 0;
  if (last < epochs) context.report.log(`stopped early, after epoch ${last} of ${epochs}`);
  if (last % validateEvery === 0) return progress.history;
  const history = withLast(progress.history, evaluate(), context);
  companion?.epochEnded?.(history);
  return history;
}

/** "in epoch 3, batch 17 of 600; the checkpoint of step 1200 is kept" */
function placeOf(position: number, stepsPerEpoch: number, good: number): string {
  const [epoch, batch] = [Math.ceil(position / stepsPerEpoch), ((position - 1) % stepsPerEpoch) + 1];
  const kept = good > 0 ? `the last good checkpoint, of step ${good}, is kept` : 'no checkpoint had been written yet';
  return `in epoch ${epoch}, batch ${batch} of ${stepsPerEpoch}; ${kept}`;
}

/** The history with figures measured after its last epoch. */
function withLast(
  history: readonly EpochFigures[],
  figures: Readonly<Record<string, number>>,
  context: StageContext,
): readonly EpochFigures[] {
  const last = history.at(-1);
  if (!last || Object.keys(figures).length === 0) return history;
  context.report.metrics(last.epoch, figures);
  return [...history.slice(0, -1), {...last, ...figures}];
}

/** Names of what the companion keeps begin so. */
const kept = 'companion/';

/** A checkpoint's bytes; spoilt weights trip, so that the last good checkpoint stays. */
async function encode(
  {step, companion}: TrainingLoop,
  progress: Progress,
  trip: (sentence: string) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const state = step.readState();
  const fault = nonFiniteTensor(state);
  if (fault !== undefined) trip(fault);
  const companions = Object.entries(companion?.readState() ?? {}).map(([name, tensor]) => [`${kept}${name}`, tensor] as const);
  const tensors = {...state, ...Object.fromEntries(companions)};
  for await (const chunk of encodeSafetensors(tensors, {progress: JSON.stringify(progress)})) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Puts back the furthest state that is not past `total` steps; `finished`: how far the longest finished run has come. */
async function resume(
  {step, companion}: TrainingLoop,
  total: number,
  context: StageContext,
): Promise<{readonly progress: Progress; readonly finished: number}> {
  const stopped = decode(await context.checkpoints.load());
  const finished = decode(await context.checkpoints.loadFinished());
  const furthest = [stopped, finished]
    .flatMap((state) => (state && state.progress.position <= total ? [state] : []))
    .toSorted((left, right) => right.progress.position - left.progress.position)[0];
  const reached = finished?.progress.position ?? 0;
  if (!furthest) return {progress: {position: 0, totals: {}, history: []}, finished: reached};
  const {tensors, progress} = furthest;
  step.writeState(tensors);
  companion?.writeState(
    Object.fromEntries(
      Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith(kept) ? [[name.slice(kept.length), tensor]] : [])),
    ),
  );
  step.pullWeights();
  for (const {epoch, ...figures} of progress.history) context.report.metrics(epoch, figures);
  const what = furthest === stopped ? 'the checkpoint' : `the ${progress.history.length} epochs of a finished run`;
  context.report.log(`going on from ${what} at step ${progress.position}`);
  return {progress, finished: reached};
}

function decode(bytes: Uint8Array | undefined) {
  if (!bytes) return undefined;
  const {tensors, metadata} = decodeSafetensors(bytes);
  return {tensors, progress: JSON.parse(metadata['progress'] ?? '') as Progress};
}

/** Where the schedule depends on the number of epochs, a shorter run's end is no part of a longer run. */
export function withoutContinuation(schedule: RateSchedule | undefined, context: StageContext): StageContext {
  if (!needsLength(schedule)) return context;
  const {checkpoints} = context;
  return {...context, checkpoints: {...checkpoints, loadFinished: async () => undefined, saveFinished: async () => {}}};
}
