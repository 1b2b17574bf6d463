import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lineChartSpec} from '#tfpipe/figures/charts.js';

test('what grows a thousandfold is drawn on a logarithmic axis, unless it is not positive', () => {
  const panel = (y: number[]) => ({title: 'loss', xLabel: 'epoch', series: [{name: 'training', x: [1, 2, 3], y}]});
  const {concat} = lineChartSpec({title: 'Training', panels: [panel([3, 2, 1]), panel([1, 10, 1000]), panel([0, 10, 1000])]}) as {
    concat: {encoding: {y: {scale: {type?: string}}}}[];
  };
  assert.deepEqual(
    concat.map(({encoding}) => encoding.y.scale.type),
    [undefined, 'log', undefined],
  );
});
