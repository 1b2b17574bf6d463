import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {testPython} from '#scripts/test-venv.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {encodeNpy, encodeNpz} from '#tfpipe/tensor/npy.js';

const tensors = {
  matrix: hostTensor('float32', [2, 3], Float32Array.of(0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-30, 7)),
  vector: hostTensor('int32', [2], Int32Array.of(-5, 2 ** 31 - 1)),
  scalar: hostTensor('uint8', [], Uint8Array.of(200)),
  empty: hostTensor('float32', [0, 4], new Float32Array(0)),
};

test('numpy reads what is written, alone and in an archive whose checksums it verifies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-npy-'));
  for (const [name, tensor] of Object.entries(tensors)) writeFileSync(join(folder, `${name}.npy`), encodeNpy(tensor));
  writeFileSync(join(folder, 'all.npz'), encodeNpz(tensors));
  const script = `
import json, sys, zipfile, numpy as np
folder = sys.argv[1]
archive = np.load(folder + '/all.npz')
told = {}
for name in ['matrix', 'vector', 'scalar', 'empty']:
    alone = np.load(f'{folder}/{name}.npy')
    assert alone.tobytes() == archive[name].tobytes() and alone.shape == archive[name].shape
    told[name] = [str(alone.dtype), list(alone.shape), alone.tobytes().hex()]
assert zipfile.ZipFile(folder + '/all.npz').testzip() is None
print(json.dumps(told))`;
  const told = JSON.parse(execFileSync(testPython(), ['-c', script, folder], {encoding: 'utf8'})) as Record<string, unknown>;
  for (const [name, {dtype, shape, data}] of Object.entries(tensors)) {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
    assert.deepEqual(told[name], [dtype, [...shape], bytes], name);
  }
  rmSync(folder, {recursive: true});
});
