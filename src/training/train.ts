import {type EpochFigures, historyColumns} from '../core/epoch-history.js';
import type {HostTensor} from '../core/host-tensor.js';
import type {PackedSplit, TableValue} from '../core/ports.js';
import type {StageContext} from '../core/stage-context.js';
import type {Architecture} from '../networks/architecture.js';
import type {Companion} from './companion.js';
import {trainEpochs} from './loop.js';
import {meanOver} from './mean-over.js';
import type {Networks, Objective} from './objective.js';
import type {TrainingParams} from './params.js';
import {needsLength, rateFactor} from './rate-schedule.js';
import {createTrainingStep} from './steps/training-step.js';

/** A trained network as a stage hands it on. */
interface NetworkValue {
  readonly kind: 'model';
  readonly architecture: Architecture;
  readonly weights: Readonly<Record<string, HostTensor>>;
}

interface Training<N extends Networks> {
  readonly objective: Objective<N>;
  /** Tensors of the training examples that a step sees. */
  readonly data: PackedSplit;
  /** Tensors of the validation split, under the same names. */
  readonly validation?: PackedSplit | undefined;
  /** Examples to measure at a time; a batch when not given. */
  readonly measuredAtOnce?: number;
  readonly companions?: readonly Companion[];
}

interface TrainingResult<N extends Networks> {
  readonly models: {readonly [K in keyof N]: undefined extends N[K] ? NetworkValue | undefined : NetworkValue};
  readonly epochs: readonly EpochFigures[];
  /** The epochs as a table. */
  readonly history: TableValue;
}

export const stepsPerEpoch = (data: PackedSplit, batchSize: number): number => Math.floor(examplesOf(data) / batchSize);

/** Trains the objective's networks on the data, measures the validation split in between, and disposes of the networks. */
export async function train<N extends Networks>(
  {objective, data, validation, measuredAtOnce, companions = []}: Training<N>,
  given: TrainingParams,
  context: StageContext,
): Promise<TrainingResult<N>> {
  const {batchSize, epochs, validateEvery = 1, precision, compile, schedule} = given;
  const {seed} = context;
  const networks = Object.entries(objective.networks).flatMap(([name, network]) => (network ? [{name, network}] : []));
  const step = createTrainingStep({
    data,
    batchSize,
    seed,
    precision,
    compile,
    rateFactor: schedule && rateFactor(schedule, stepsPerEpoch(data, batchSize), epochs),
    phases: (batch, random) => objective.phases(batch, random),
  });
  const evaluate = (): Record<string, number> => {
    const {measure} = objective;
    if (!validation || !measure) return {};
    const means = meanOver(validation, measuredAtOnce ?? batchSize, seed, measure.bind(objective));
    return Object.fromEntries(Object.entries(means).map(([name, mean]) => [`validation/${name}`, mean]));
  };
  try {
    const loop = {step, examples: examplesOf(data), batchSize, epochs, validateEvery, evaluate, companions};
    const history = await trainEpochs(loop, needsLength(schedule) ? withoutFinished(context) : context);
    const models = networks.map(({name, network}) => {
      const value: NetworkValue = {kind: 'model', architecture: network.architecture, weights: network.weights()};
      return [name, value] as const;
    });
    return {
      models: Object.fromEntries(models) as TrainingResult<N>['models'],
      epochs: history,
      history: {kind: 'table', columns: historyColumns(history)},
    };
  } finally {
    step.dispose();
    for (const {network} of networks) network.dispose();
  }
}

const examplesOf = (data: PackedSplit): number => Object.values(data)[0]?.shape[0] ?? 0;

/** Where the schedule depends on the number of epochs, a shorter run's end is no part of a longer run. */
const withoutFinished = (context: StageContext): StageContext => ({
  ...context,
  checkpoints: {...context.checkpoints, loadFinished: async () => undefined, saveFinished: async () => {}},
});
