import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {MetricPoint} from '../../core/events.js';
import type {Attempt, AttemptEvent, AttemptFailure} from '../../core/executor.js';
import {groupInputs, type NodeRegistry, prepareNode} from '../../core/node.js';
import type {PortType, PortValue} from '../../core/ports.js';
import {type Checkpoints, Interrupted, type StageContext, type StageReporter, Tripped} from '../../core/stage-context.js';
import type {Store, StoredOutput} from '../../core/store.js';
import {findNode} from '../../nodes/registry.js';
import {loadValue, storeValue} from '../../stores/artifacts.js';
import {fingerprintModule, shortDigests} from '../plan/fingerprint.js';
import {tensorFault} from './edge-tripwires.js';
import {measurePeakMemory} from './peak-memory.js';
import {limitTime, timedOut} from './time-limit.js';

interface AttemptContext {
  readonly store: Store;
  readonly registry: NodeRegistry;
  readonly emit: (event: AttemptEvent) => void;
  readonly signal: AbortSignal;
}

/** Shortest interval between two reports of progress; metrics and logs are always passed on. */
const progressMilliseconds = 100;

/**
 * Computes a stage here and now, within its time limit, unless another process is at it: inputs from the store, the node's `run`, the record
 * into the store. Never throws.
 */
export async function runAttempt(attempt: Attempt, context: AttemptContext): Promise<void> {
  const emit = (event: AttemptEnd): void => context.emit({attempt: attempt.id, ...event});
  context.emit({attempt: attempt.id, type: 'started'});
  const overtime = new AbortController();
  const limit = limitTime(attempt, () => overtime.abort());
  const signal = AbortSignal.any([context.signal, overtime.signal]);
  try {
    emit({type: await computeUnlessHeld(attempt, {...context, signal})});
  } catch (error) {
    const failure = failureOf(error, attempt);
    emit({type: 'failed', failure: failure.reason === 'cancelled' && limit.isOver() ? timedOut(attempt) : failure});
  } finally {
    limit.clear();
  }
}

type AttemptEnd = {readonly type: 'finished' | 'held'} | {readonly type: 'failed'; readonly failure: AttemptFailure};

async function computeUnlessHeld(attempt: Attempt, context: AttemptContext): Promise<'finished' | 'held'> {
  const claim = await context.store.claim(attempt.key);
  if (claim.status === 'held') return 'held';
  try {
    // whoever held it before may have left its result
    const done = !attempt.fresh && (await context.store.lookup(attempt.key)).status === 'hit';
    if (!done) await compute(attempt, context);
  } finally {
    await claim.release();
  }
  return 'finished';
}

async function compute(attempt: Attempt, {store, registry, emit, signal}: AttemptContext): Promise<void> {
  const {key} = attempt;
  // so that errors of a plugin have places in its own source
  if (attempt.pluginModule !== undefined) process.setSourceMapsEnabled(true);
  const node = await findNode(registry, attempt.use, attempt.pluginModule);
  if (!node) throw new Error(`Expected \`${attempt.use}\` to be a node type, found none`);
  const {definition} = node;
  // sources may have been edited, and built, since the run was planned
  const code = await fingerprintModule(node.module);
  if (code.digest !== attempt.fields.code)
    throw new Error(
      `Expected the code of \`${attempt.use}\` to be what the run was planned with, but it has changed since; run again`,
    );
  const memory = measurePeakMemory();
  const began = performance.now();

  const stored = await storedInputs(attempt, store);
  const types = Object.fromEntries(Object.entries(stored).map(([port, output]) => [port, output.type as PortType]));
  const values: Record<string, PortValue> = {};
  for (const [port, output] of Object.entries(stored)) values[port] = await loadValue(store, output);

  const {numerics} = attempt.fields;
  if (numerics) {
    const {loadTensorFlow} = await import('../../tensor/tensorflow.js');
    const {device} = await loadTensorFlow({backend: numerics.backend});
    if (device !== numerics.device)
      throw new Error(
        `Expected TensorFlow to compute on the ${numerics.device}, got the ${device}; see \`pipeline doctor\`, or run with --cpu`,
      );
  }
  const metrics: MetricPoint[] = [];
  const pictures = pictureQueue(attempt.id, store, emit);
  const report: StageReporter = {...reporter(attempt.id, metrics, emit), picture: pictures.add};
  const trip = (sentence: string): void => {
    if (attempt.run.tripwires === 'fail') throw new Tripped(`${sentence}. \`run: {tripwires: warn}\` would go on`);
    report.log(`tripwire: ${sentence}`);
  };
  const fit = prepareNode(definition, attempt.params, types);
  if (fit.status === 'issues') throw new Error(fit.issues[0]?.message);
  const context: StageContext = {
    get seed() {
      const {seed, type} = attempt.fields;
      if (seed === null)
        throw new Error(`Expected \`${type}\` to declare \`drawsRandom: true\`, since it reads \`context.seed\``);
      return seed;
    },
    ...{report, signal, checkpoints: checkpointsOf(attempt, store), trip},
  };
  let results: Awaited<ReturnType<typeof definition.run>>;
  try {
    results = await definition.run({prepared: fit.prepared, inputs: groupInputs(definition.inputs, values), context});
  } finally {
    await pictures.stored();
  }
  const outputs: Record<string, StoredOutput> = {};
  for (const [port, type] of Object.entries(fit.outputs)) {
    // a plugin in JavaScript may give nothing at all
    const value = (results as typeof results | undefined)?.[port];
    if (value?.kind !== type.kind)
      throw new Error(`Expected \`${attempt.use}\` to give a ${type.kind} as \`${port}\`, got ${value?.kind ?? 'nothing'}`);
    outputs[port] = await storeValue(store, value, type, (name, tensor) => {
      const fault = tensorFault(`${attempt.stage}.${port}/${name}`, tensor, value.kind);
      if (fault !== undefined) trip(fault);
    });
  }
  const computed = {
    stage: attempt.stage,
    at: Date.now(),
    seconds: (performance.now() - began) / 1000,
    peakBytes: memory.peakBytes(),
    code: shortDigests(code.files),
  };
  await store.commit(
    {format: 1, key, fields: {...attempt.fields}, outputs, metrics, computed},
    {replace: attempt.fresh === true},
  );
  await store.dropCheckpoint(key);
}

function checkpointsOf({key, continuation, run, fresh}: Attempt, store: Store): Checkpoints {
  return {
    everySeconds: run.checkpoint,
    load: async () => (fresh ? undefined : store.loadCheckpoint(key)),
    save: (bytes) => store.saveCheckpoint(key, bytes),
    loadFinished: async () => (fresh || !continuation ? undefined : store.loadCheckpoint(continuation)),
    saveFinished: async (bytes) => {
      if (continuation) await store.saveCheckpoint(continuation, bytes);
    },
  };
}

async function storedInputs(attempt: Attempt, store: Store): Promise<Record<string, StoredOutput>> {
  const inputs: Record<string, StoredOutput> = {};
  for (const [port, source] of Object.entries(attempt.inputs)) {
    const found = await store.lookup(source.key);
    const output = found.status === 'hit' ? found.record.outputs[source.port] : undefined;
    if (!output)
      throw new Error(
        `Expected the input \`${port}\` to be in the store, got ${found.status === 'miss' ? (found.fault ?? 'nothing') : 'a record without it'}`,
      );
    inputs[port] = output;
  }
  return inputs;
}

/** Puts pictures into the store, one after another, while the stage goes on; `stored` resolves when all are there and reported. */
function pictureQueue(attempt: string, store: Store, emit: AttemptContext['emit']) {
  let last: Promise<void> = Promise.resolve();
  const keep = async (name: string, step: number, png: Uint8Array): Promise<void> => {
    const {digest} = await store.writeBlob(png);
    emit({attempt, type: 'picture', name, step, digest});
  };
  return {
    add: (name: string, step: number, png: Uint8Array): void => {
      last = last.then(() => keep(name, step, png));
      // whoever awaits `stored` gets the failure
      last.catch(() => undefined);
    },
    stored: (): Promise<void> => last,
  };
}

function reporter(attempt: string, kept: MetricPoint[], emit: AttemptContext['emit']): Omit<StageReporter, 'picture'> {
  let last = 0;
  return {
    progress: (done, total, unit, figures = {}) => {
      const now = performance.now();
      if (done < total && now - last < progressMilliseconds) return;
      last = now;
      emit({attempt, type: 'progress', done, total, unit, figures});
    },
    metrics: (step, values) => {
      const point = {step, time: Date.now(), values};
      kept.push(point);
      emit({attempt, type: 'metrics', ...point});
    },
    log: (text) => emit({attempt, type: 'log', text}),
  };
}

function failureOf(error: unknown, {use, pluginModule}: Attempt): AttemptFailure {
  if (error instanceof Interrupted) return {reason: 'cancelled', message: error.message};
  const {stack = ''} = error instanceof Error ? error : {};
  const told = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? `${error.name}: ` : '';
  const message =
    pluginModule === undefined || error instanceof Tripped ? told : `\`${use}\` threw ${name}${told}${placeIn(stack)}`;
  return {reason: 'error', message, stack, tail: ''};
}

/** Where a plugin's error was thrown, in its source: the first line of the stack that is not ours, Node's or a package's. */
function placeIn(stack: string): string {
  const ours = fileURLToPath(new URL('../../', import.meta.url));
  for (const [, path = '', line, column] of stack.matchAll(/^ {4}at (?:.*\()?(?:file:\/\/)?(\/[^()]*?):(\d+):(\d+)\)?$/gm))
    if (!path.startsWith(ours) && !path.includes('/node_modules/'))
      return ` (${relative(process.cwd(), path)}:${line}:${column})`;
  return '';
}
