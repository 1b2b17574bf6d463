import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Curves, FigureValue, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/curves.js';
import {pngSize} from '../models.js';
import {nodeTypes, runNode} from '../run-node.js';

const history: TableValue = {
  kind: 'table',
  columns: {epoch: [1, 2, 3], loss: [3, 2, 1], 'validation/loss': [null, 2.5, 1.5], other: [1, 10, 1000]},
};
const draw = async (params: Record<string, unknown>): Promise<FigureValue> =>
  (await runNode(node, {params, inputs: {history}})).outputs['figure'] as FigureValue;

test('a panel a loss, validation in the panel of what it validates, nothing where nothing was measured', async () => {
  const figure = await draw({title: 'Training', from: 1});
  assert.deepEqual((figure.interactive as Curves).panels, [
    {
      title: 'loss',
      xLabel: 'epoch',
      series: [
        {name: 'training', x: [1, 2, 3], y: [3, 2, 1]},
        {name: 'validation', x: [2, 3], y: [2.5, 1.5]},
      ],
    },
    {title: 'other', xLabel: 'epoch', series: [{name: 'training', x: [1, 2, 3], y: [1, 10, 1000]}]},
  ]);
  const [width, height] = pngSize(figure.png);
  assert.ok(width > 1000 && height > 300, `${width}×${height}`);
});

test('the same history gives the same bytes', async () => {
  assert.deepEqual(await draw({title: 'Training', from: 1}), await draw({title: 'Training', from: 1}));
});

test('a table without epochs is reported', () => {
  assert.match(
    nodeTypes(node, {params: {}, types: {history: {kind: 'table', columns: ['metric']}}}).issues[0]?.message ?? '',
    /column `epoch`, got metric/,
  );
});
