import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FigureValue, TableValue} from '#tfpipe/nodes/ports.js';
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
  const {concat} = (
    figure.interactive as unknown as {
      spec: {concat: {title: {text: string}; data: {values: unknown[]}; encoding: {y: {scale: {type?: string}}}}[]};
    }
  ).spec;
  assert.deepEqual(
    concat.map((panel) => panel.title.text),
    ['loss', 'other'],
  );
  assert.deepEqual(concat[0]?.data.values, [
    {series: 'training', x: 1, y: 3},
    {series: 'training', x: 2, y: 2},
    {series: 'training', x: 3, y: 1},
    {series: 'validation', x: 2, y: 2.5},
    {series: 'validation', x: 3, y: 1.5},
  ]);
  assert.deepEqual(
    concat.map((panel) => panel.encoding.y.scale.type),
    [undefined, 'log'],
    'what grows a thousandfold is drawn on a logarithmic axis',
  );
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
