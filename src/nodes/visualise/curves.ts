import {Type} from '@sinclair/typebox';
import {defineNode} from '../../core/node.js';
import {lineCharts} from '../../figures/charts.js';

const params = Type.Object(
  {
    title: Type.String({default: 'Training', maxLength: 200, description: 'Heading of the picture.'}),
    from: Type.Integer({minimum: 1, default: 1, description: 'First epoch drawn.'}),
  },
  {additionalProperties: false},
);

export const node = defineNode({
  type: 'visualise/curves',
  summary: 'Every figure of a training history over the epochs, training and validation in one panel.',
  example: `curves:
  use: visualise/curves
  in: aae.history`,
  params,
  inputs: {history: {kind: 'table', description: 'A column `epoch`, and a column a figure; `validation/x` is drawn with `x`.'}},
  usesTensors: false,
  prepare: (params, {history}, report) => {
    if (!history.columns.includes('epoch'))
      report({path: ['in', 'history'], message: `Expected a table with a column \`epoch\`, got ${history.columns.join(', ')}`});
    return params;
  },
  outputs: () => ({figure: {kind: 'figure'}}),
  run: async ({prepared: {title, from}, inputs: {history}}) => {
    const epochs = history.columns['epoch'] ?? [];
    const names = Object.keys(history.columns).filter((name) => name !== 'epoch' && !name.startsWith('validation/'));
    const series = (column: string, name: string) => {
      const points = (history.columns[column] ?? [])
        .map((value, index) => ({x: Number(epochs[index]), y: value}))
        .filter((point): point is {x: number; y: number} => typeof point.y === 'number' && point.x >= from);
      return points.length > 0 ? [{name, x: points.map((point) => point.x), y: points.map((point) => point.y)}] : [];
    };
    const panels = names.map((name) => ({
      title: name,
      xLabel: 'epoch',
      series: [...series(name, 'training'), ...series(`validation/${name}`, 'validation')],
    }));
    return {
      figure: {
        kind: 'figure',
        title,
        alt: `Line charts over ${epochs.length} epochs of ${names.join(', ')}.`,
        png: await lineCharts({title, panels}),
        interactive: {type: 'curves', panels},
      },
    };
  },
});
