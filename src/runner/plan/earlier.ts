import type {Digest} from '../../core/digest.js';
import type {KeyFields} from '../../core/key.js';
import type {Store} from '../../core/store.js';
import {append} from '../../util/group-by.js';

/** An earlier result, without its outputs. */
export interface Earlier {
  readonly key: Digest;
  readonly stage: string;
  readonly fields: KeyFields;
  /** When it was computed, in milliseconds since 1970. */
  readonly at: number;
  readonly seconds: number;
}

/**
 * The results in a store as they were when first asked for, by node type, newest first: read once, however many stages ask. Content and
 * metrics are not kept.
 */
export class EarlierResults {
  readonly #store: Store;
  #index: Promise<Index> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  async ofType(type: string): Promise<readonly Earlier[]> {
    this.#index ??= this.#read();
    return (await this.#index).byType.get(type) ?? [];
  }

  /** Those of the stage of this name. */
  async of(stage: string, type: string): Promise<readonly Earlier[]> {
    this.#index ??= this.#read();
    return (await this.#index).byStage.get(nameAndType(stage, type)) ?? [];
  }

  async #read(): Promise<Index> {
    const index = {byType: new Map<string, Earlier[]>(), byStage: new Map<string, Earlier[]>()};
    for await (const {key, fields, computed} of this.#store.records()) {
      const {stage, at, seconds} = computed;
      const known = fields as unknown as KeyFields;
      const earlier = {key, stage, fields: known, at, seconds};
      append(index.byType, known.type, earlier);
      append(index.byStage, nameAndType(stage, known.type), earlier);
    }
    return index;
  }
}

interface Index {
  readonly byType: ReadonlyMap<string, readonly Earlier[]>;
  readonly byStage: ReadonlyMap<string, readonly Earlier[]>;
}

const nameAndType = (stage: string, type: string): string => `${stage} ${type}`;
