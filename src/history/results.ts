import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {StageOutput, StagePicture} from '../core/events.js';
import type {FigureValue, ModelValue, PortValue, TableValue} from '../core/ports.js';
import type {StageRecord, Store, StoredFile} from '../core/store.js';
import {loadTensorTypes, loadValue, shownFile} from '../stores/artifacts.js';
import type {PastRun} from './past-run.js';
import {pictureFile} from './run-folder.js';
import {stageResults} from './run-state.js';

/** A stage's result as it is found: its record; or that no stage of this name has one in the run; or that the store has it no more. */
type FoundRecord =
  | {readonly status: 'found'; readonly record: StageRecord}
  | {readonly status: 'no such stage'; readonly stages: readonly string[]}
  | {readonly status: 'gone'; readonly fault: string};

/**
 * Reads the results of runs: from the digests in their events to values, files and pictures, wherever the store is. Every method rejects
 * with a `BlobFault` when the store no longer has what it needs.
 */
export class Results {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** The record of what a stage gave in a run, with the types of its outputs. */
  async record(run: Pick<PastRun, 'events'>, stage: string): Promise<FoundRecord> {
    const results = stageResults(run.events);
    const key = results.get(stage)?.key;
    if (key === undefined) return {status: 'no such stage', stages: [...results.keys()]};
    const found = await this.store.lookup(key);
    return found.status === 'hit' ? {status: 'found', record: found.record} : {status: 'gone', fault: found.fault ?? 'none'};
  }

  value(output: StageOutput): Promise<PortValue> {
    return loadValue(this.store, output);
  }

  model(output: StageOutput): Promise<ModelValue> {
    return this.#valueOf(output, 'model');
  }

  table(output: StageOutput): Promise<TableValue> {
    return this.#valueOf(output, 'table');
  }

  figure(output: StageOutput): Promise<FigureValue> {
    return this.#valueOf(output, 'figure');
  }

  /** Name, digest, and types of the tensors of each split of a data set or an embedding, read from the beginning of its file. */
  splits(output: StageOutput): ReturnType<typeof loadTensorTypes> {
    return loadTensorTypes(this.store, output);
  }

  /** The file of an output that a person can open, where it has one: the picture of a figure, the JSON of a table. */
  shown(output: StageOutput): StoredFile | undefined {
    return shownFile(output);
  }

  /** Path of a stage's picture: in the run's folder; in the store, until it has been copied there. */
  async picture(folder: string, picture: StagePicture): Promise<string> {
    const copy = join(folder, pictureFile(picture));
    return existsSync(copy) ? copy : await this.store.file(picture.digest);
  }

  async #valueOf<K extends PortValue['kind']>(output: StageOutput, kind: K): Promise<Extract<PortValue, {kind: K}>> {
    const value = await this.value(output);
    if (value.kind !== kind) throw new Error(`Expected a ${kind}, got a ${output.kind}`);
    return value as Extract<PortValue, {kind: K}>;
  }
}
