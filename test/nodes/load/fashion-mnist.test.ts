import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import type {DatasetType} from '#tfpipe/core/ports.js';
import {node} from '#tfpipe/nodes/load/fashion-mnist.js';
import {nodeTypes, runNode} from '../run-node.js';

test('70,000 pictures of ten classes, which have names', () => {
  const {types} = nodeTypes(node, {params: {validation: 5000}});
  const {splits} = types['data'] as DatasetType;
  assert.deepEqual(
    Object.entries(splits).map(([name, {images}]) => [name, images?.shape]),
    [
      ['train', [55_000, 28, 28, 1]],
      ['validation', [5000, 28, 28, 1]],
      ['test', [10_000, 28, 28, 1]],
    ],
  );
  const {classes, range} = splits['test']?.['labels'] ?? {};
  assert.deepEqual([classes?.[0], classes?.[9], classes?.length, range], ['T-shirt/top', 'Ankle boot', 10, [0, 9]]);
});

test('a file that is another is refused, with its place', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-fashion-'));
  const before = process.env['TFPIPE_DATA'];
  process.env['TFPIPE_DATA'] = folder;
  context.after(() => {
    rmSync(folder, {recursive: true, force: true});
    if (before === undefined) delete process.env['TFPIPE_DATA'];
    else process.env['TFPIPE_DATA'] = before;
  });
  mkdirSync(join(folder, 'fashion-mnist'));
  writeFileSync(join(folder, 'fashion-mnist', 'train-images-idx3-ubyte'), 'digits');
  await assert.rejects(runNode(node, {params: {validation: 0}}), (error: Error) => {
    assert.match(error.message, /fashion-mnist\/train-images-idx3-ubyte/);
    assert.match(error.message, /c59f468a/);
    return true;
  });
});
