import type * as tfjs from '@tensorflow/tfjs';
import type {HostTensor} from '../core/host-tensor.js';
import {type Addon, dataType, type TensorMetadata} from './binding.js';
import type {NodeRef} from './graph.js';

export type Feeds = readonly (readonly [NodeRef, HostTensor])[];

/** A loaded graph with its resource variables. Goes straight to the addon: tfjs's own bookkeeping costs more than a small step. */
export class Session {
  readonly #addon: Addon;
  readonly #id: number;

  /** `id`: what the addon's `loadSavedModel` gave. */
  constructor(addon: Addon, id: number) {
    this.#addon = addon;
    this.#id = id;
  }

  /** Feeds placeholders, runs what the fetched nodes need, returns their values. */
  run(feeds: Feeds, fetches: readonly NodeRef[]): tfjs.TypedArray[] {
    return this.fetch(feeds, fetches).map(({id}) => {
      const values = this.#addon.tensorDataSync(id);
      this.#addon.deleteTensor(id);
      return values;
    });
  }

  /** The same, but the results stay with TensorFlow; whoever takes them deletes them. */
  fetch(feeds: Feeds, fetches: readonly NodeRef[]): TensorMetadata[] {
    const inputs: number[] = [];
    try {
      for (const [, {dtype, shape, data}] of feeds) inputs.push(this.#addon.createTensor(shape, dataType[dtype], data));
      const names = feeds.map(([name]) => `${name}:0`).join(',');
      return this.#addon.runSavedModel(this.#id, inputs, names, fetches.map((node) => `${node}:0`).join(','));
    } finally {
      for (const id of inputs) this.#addon.deleteTensor(id);
    }
  }

  dispose(): void {
    this.#addon.deleteSavedModel(this.#id);
  }
}
