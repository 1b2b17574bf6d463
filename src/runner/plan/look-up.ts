import type {Digest} from '../../core/digest.js';
import type {KeyFields} from '../../core/key.js';
import type {Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';
import {completeKey} from './plan.js';

/** What the store says about a stage. */
export type Looked =
  | {readonly status: 'hit'; readonly key: Digest; readonly record: StageRecord}
  /** `fault` is set when a result was there and could not be trusted, or when it shall not be used. */
  | {readonly status: 'miss'; readonly key: Digest; readonly fields: KeyFields; readonly fault?: string}
  /** Its key is not known before these stages have results. */
  | {readonly status: 'unknown'; readonly on: readonly string[]};

/** The fault of a result that is there, but shall be computed again. */
const forced = 'asked for';

/** What later stages need to know of a result: of thousands, whole records would fill the memory. */
export interface Known {
  readonly key: Digest;
  /** Content of its outputs, by port. */
  readonly digests: Readonly<Record<string, Digest>>;
}

/** Looks up the stages of one plan, each after those whose outputs it takes: the one place that decides if a stage would run. */
export class StageLookUp {
  readonly #store: Store;
  readonly #known = new Map<string, Known>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** With `pin`, a result that is found is not cleared away while this process runs. */
  async look(planned: PlannedStage, {pin = false}: {readonly pin?: boolean} = {}): Promise<Looked> {
    const on = planned.after.filter((input) => !this.#known.has(input));
    if (on.length > 0) return {status: 'unknown', on};
    const digests = Object.entries(planned.inputs).map(([port, edge]) => [port, this.#digest(edge.stage, edge.port)]);
    const {fields, key} = completeKey(planned, Object.fromEntries(digests));
    if (pin) await this.#store.pin(key);
    if (planned.fresh) return {status: 'miss', key, fields, fault: forced};
    const found = await this.#store.lookup(key);
    if (found.status === 'miss') return {...found, key, fields};
    this.keep(planned.name, found.record);
    return {...found, key};
  }

  /** Notes the result of a stage that was computed. */
  keep(stage: string, {key, outputs}: StageRecord): void {
    const digests = Object.fromEntries(Object.entries(outputs).map(([port, {digest}]) => [port, digest]));
    this.#known.set(stage, {key, digests});
  }

  /** A stage that has a result. */
  known(stage: string): Known {
    const known = this.#known.get(stage);
    if (!known) throw new Error(`${stage} has no result`);
    return known;
  }

  #digest(stage: string, port: string): Digest {
    const digest = this.known(stage).digests[port];
    if (!digest) throw new Error(`the record of ${stage} has no output ${port}`);
    return digest;
  }
}

/** Looks up every stage of a plan, in its order, without running anything. */
export async function* lookUpPlan({stages}: Plan, store: Store): AsyncGenerator<{planned: PlannedStage; looked: Looked}> {
  const lookUp = new StageLookUp(store);
  for (const planned of stages) yield {planned, looked: await lookUp.look(planned)};
}
