import {type Digest, digestJson} from '../../core/digest.js';
import {type KeyFields, stageKey} from '../../core/key.js';
import type {Edge, Plan, PlannedStage} from '../../core/plan.js';
import type {StageRecord, Store} from '../../core/store.js';

/** Answer of the store about a stage. */
export type Looked =
  | {readonly status: 'hit'; readonly key: Digest; readonly record: StageRecord}
  /** `fault` is set when a result was there and could not be trusted, or when it shall not be used. */
  | {readonly status: 'miss'; readonly key: Digest; readonly fields: KeyFields; readonly fault?: string}
  /** Its key is not known before these stages have results. */
  | {readonly status: 'unknown'; readonly on: readonly string[]};

/** The fault of a result that is there, but shall be computed again. */
const forced = 'asked for';

/** The part of a result that later stages need: thousands of whole records would fill the memory. */
interface Known {
  readonly key: Digest;
  /** Its outputs by port: digests of their content and of their types. */
  readonly outputs: Readonly<Record<string, {readonly content: Digest; readonly type: Digest}>>;
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
    const given = Object.entries(planned.inputs).map(([port, edge]) => [port, this.#output(edge)] as const);
    const {fields, key} = completeKey(planned, {
      inputs: Object.fromEntries(given.map(([port, {content}]) => [port, content])),
      types: Object.fromEntries(given.map(([port, {type}]) => [port, type])),
    });
    if (pin) await this.#store.pin(key);
    if (planned.fresh) return {status: 'miss', key, fields, fault: forced};
    const found = await this.#store.lookup(key);
    if (found.status === 'miss') return {...found, key, fields};
    this.keep(planned.name, found.record);
    return {...found, key};
  }

  /** Notes the result of a stage that was computed. */
  keep(stage: string, {key, outputs}: StageRecord): void {
    const known = Object.entries(outputs).map(([port, {digest, type}]) => [port, {content: digest, type: digestJson(type)}]);
    this.#known.set(stage, {key, outputs: Object.fromEntries(known)});
  }

  /** A stage that has a result. */
  known(stage: string): Known {
    const known = this.#known.get(stage);
    if (!known) throw new Error(`${stage} has no result`);
    return known;
  }

  #output({stage, port}: Edge): Known['outputs'][string] {
    const output = this.known(stage).outputs[port];
    if (!output) throw new Error(`the record of ${stage} has no output ${port}`);
    return output;
  }
}

/** Looks up every stage of a plan, in its order, without running anything. */
export async function* lookUpPlan({stages}: Plan, store: Store): AsyncGenerator<{planned: PlannedStage; looked: Looked}> {
  const lookUp = new StageLookUp(store);
  for (const planned of stages) yield {planned, looked: await lookUp.look(planned)};
}

/** Completes a stage's key with the content and the types of its inputs. */
export function completeKey(
  planned: PlannedStage,
  {inputs, types}: Pick<KeyFields, 'inputs' | 'types'>,
): {readonly fields: KeyFields; readonly key: Digest} {
  const fields = {...planned.fields, inputs, types};
  return {fields, key: stageKey(fields)};
}
