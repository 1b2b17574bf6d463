import type {Exporter} from '../core/exporter.js';
import {groupsOf, tensorKinds} from './tensors.js';

/** NumPy's archive of arrays: a file a split, or one with the weights of a model. */
export const npz: Exporter = {
  format: 'npz',
  takes: tensorKinds,
  files: async (stem, value) => {
    const {encodeNpz} = await import('../tensor/npy.js');
    return (await groupsOf(stem, value)).map(([name, tensors]) => ({name: `${name}.npz`, content: encodeNpz(tensors)}));
  },
};
