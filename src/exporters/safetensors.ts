import type {Exporter} from '../core/exporter.js';
import {groupsOf, tensorKinds} from './tensors.js';

/** A file a split, or one with the weights of a model. */
export const safetensors: Exporter = {
  format: 'safetensors',
  takes: tensorKinds,
  files: async (stem, value) => {
    const {encodeSafetensors} = await import('../tensor/safetensors.js');
    const groups = await groupsOf(stem, value);
    return await Promise.all(
      groups.map(async ([name, tensors]) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of encodeSafetensors(tensors)) chunks.push(chunk);
        return {name: `${name}.safetensors`, content: Buffer.concat(chunks)};
      }),
    );
  },
};
