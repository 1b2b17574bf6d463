import assert from 'node:assert/strict';
import {test} from 'node:test';
import {panelsOf} from '#tfpipe/history/curves.js';

const point = (step: number, values: Record<string, number>) => ({step, time: step, values});

test('a panel a figure with two points; validation is drawn with it, values that are not finite are left out', () => {
  const points = [point(1, {loss: 3, once: 1}), point(2, {loss: Number.NaN, 'validation/loss': 2}), point(3, {loss: 1})];
  assert.deepEqual(panelsOf(points, 'step'), [
    {
      title: 'loss',
      xLabel: 'step',
      series: [
        {name: 'training', x: [1, 3], y: [3, 1]},
        {name: 'validation', x: [2], y: [2]},
      ],
    },
  ]);
});

test('a long curve is thinned, and keeps its last point', () => {
  const [panel] = panelsOf(
    Array.from({length: 2501}, (_, step) => point(step, {loss: step})),
    'step',
  );
  const x = panel?.series[0]?.x ?? [];
  assert.ok(x.length <= 1001 && x.length > 800);
  assert.equal(x.at(-1), 2500);
});
