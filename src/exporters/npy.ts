import type {Exporter} from '../core/exporter.js';
import {fileName, groupsOf, tensorKinds} from './tensors.js';

/** NumPy's arrays: a file a tensor. */
export const npy: Exporter = {
  format: 'npy',
  takes: tensorKinds,
  files: async (stem, value) => {
    const {encodeNpy} = await import('../tensor/npy.js');
    return (await groupsOf(stem, value)).flatMap(([name, tensors]) =>
      Object.entries(tensors).map(([tensor, values]) => ({
        name: `${name}-${fileName(tensor)}.npy`,
        content: encodeNpy(values),
      })),
    );
  },
};
