import type {Exporter} from '../core/exporter.js';

/** Pictures of any result: images in a grid, other tensors in shades of grey, a table as curves; one a split. */
export const png: Exporter = {
  format: 'png',
  takes: ['dataset', 'embedding', 'model', 'table', 'figure'],
  files: async (stem, value, type) => {
    const {pictureOf} = await import('./picture-of.js');
    if (value.kind !== 'dataset' && value.kind !== 'embedding')
      return [{name: `${stem}.png`, content: await pictureOf(value, type)}];
    return await Promise.all(
      value.splitNames.map(async (split) => ({name: `${stem}-${split}.png`, content: await pictureOf(value, type, {split})})),
    );
  },
};
