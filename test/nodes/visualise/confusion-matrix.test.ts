import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {FigureValue, TableType, TableValue} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/visualise/confusion-matrix.js';
import {pngSize} from '../models.js';
import {nodeTypes, runNode} from '../run-node.js';

test('rows and columns are in the order of `actual`, also when the columns come in another', async () => {
  // as the store gives them back: sorted
  const columns = {actual: ['shoe', 'bag', 'coat'], bag: [1, 50, 0], coat: [0, 7, 9], shoe: [80, 2, 0]};
  const {outputs} = await runNode(node, {
    params: {title: 'Clothes'},
    inputs: {confusion: {kind: 'table', columns} satisfies TableValue},
  });
  const {title, interactive, png, alt} = outputs['figure'] as FigureValue;
  assert.equal(title, 'Clothes');
  assert.match(alt, /3 classes/);
  assert.deepEqual(interactive, {
    type: 'matrix',
    classes: ['shoe', 'bag', 'coat'],
    counts: [
      [80, 1, 0],
      [2, 50, 7],
      [0, 0, 9],
    ],
  });
  const [width, height] = pngSize(png);
  assert.ok(width > 400 && height > 300, `${width}×${height}`);
});

test('another table is refused', () => {
  const confusion: TableType = {kind: 'table', columns: ['metric', 'value']};
  const {issues} = nodeTypes(node, {params: {title: ''}, types: {confusion}});
  assert.equal(issues[0]?.message, 'Expected a table whose first column is `actual`, got metric, value');
});
