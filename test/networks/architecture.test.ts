import assert from 'node:assert/strict';
import {test} from 'node:test';
import {layOut, showLayout} from '#tfpipe/networks/architecture.js';

const lay = (input: readonly number[], layers: readonly (string | Record<string, unknown>)[]) => layOut({input, layers});

test('LeNet-5 for 28×28: shapes and 44,426 parameters', () => {
  const found = lay(
    [28, 28, 1],
    [
      {conv2d: {filters: 6, kernel: 5}},
      'tanh',
      {maxPool2d: 2},
      {conv2d: {filters: 16, kernel: 5}},
      'tanh',
      {maxPool2d: 2},
      'flatten',
      {dense: 120},
      'tanh',
      {dense: 84},
      'tanh',
      {dense: 10},
    ],
  );
  assert.ok(found.status === 'fits');
  assert.equal(showLayout([28, 28, 1], found.layout), '28×28×1 → 24×24×6 → 12×12×6 → 8×8×16 → 4×4×16 → 256 → 120 → 84 → 10');
  assert.equal(found.layout.parameters, 26 * 6 + 151 * 16 + 257 * 120 + 121 * 84 + 85 * 10);
});

test('`same` keeps the size at stride 1 and halves it, rounded up, at stride 2', () => {
  const size = (stride: number): readonly number[] => {
    const found = lay([7, 7, 1], [{conv2d: {filters: 2, kernel: 3, stride, padding: 'same'}}]);
    return found.status === 'fits' ? found.layout.output : [];
  };
  assert.deepEqual(
    [size(1), size(2)],
    [
      [7, 7, 2],
      [4, 4, 2],
    ],
  );
});

test('the first layer that does not fit is named', () => {
  const found = lay([28, 28, 1], ['relu', {maxPool2d: 8}, {conv2d: {filters: 1, kernel: 5}}, {dense: 3}]);
  assert.deepEqual(found.status === 'misfit' && [found.index, found.problem], [
    2,
    'Expected the map under `conv2d` to be at least 5×5, got 3×3',
  ]);
});

test('the range of the output is that of the last activation', () => {
  const range = (...layers: string[]): unknown => {
    const found = lay([3], [{dense: 2}, ...layers]);
    return found.status === 'fits' && found.layout.range;
  };
  assert.deepEqual([range('sigmoid'), range('tanh'), range()], [[0, 1], [-1, 1], undefined]);
});
