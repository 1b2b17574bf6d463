import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {DatasetValue} from '#tfpipe/core/ports.js';
import {rescaleDataset} from '#tfpipe/nodes/map-dataset.js';
import {loadValue, storeValue} from '#tfpipe/stores/artifacts.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {dataset} from '../nodes/run-node.js';

const folder = mkdtempSync(join(tmpdir(), 'tfpipe-artifacts-'));
after(() => rmSync(folder, {recursive: true, force: true}));

const images = hostTensor('uint8', [2, 2], Uint8Array.of(0, 51, 204, 255));
const labels = hostTensor('uint8', [2], Uint8Array.of(3, 9));
const type = {kind: 'dataset', splits: {}} as const;

test('scaled bytes are kept as bytes, and read as the values they stand for', async () => {
  const store = await openLocalStore(folder);
  // 0..255 → 0..1 → −1..1: two maps in one
  const scaled = rescaleDataset(dataset({train: {images, labels}}), 'images', () => ({scale: 1 / 255, offset: 0}));
  const value = rescaleDataset(scaled, 'images', () => ({scale: 2, offset: -1}));
  const stored = await storeValue(store, value, type);
  const [plain] = (await storeValue(store, dataset({train: {images, labels}}), type)).files;
  assert.ok((stored.files[0]?.bytes ?? 0) < (plain?.bytes ?? 0) + 200, 'no more than the bytes and a note');
  const read = (await loadValue(store, stored)) as DatasetValue;
  assert.deepEqual([...((await read.split('train'))['images']?.data ?? [])], [...Float32Array.of(-1, -0.6, 0.6, 1)]);
  assert.equal((await read.split('train'))['images']?.dtype, 'float32');
  assert.deepEqual(await read.packed?.('train'), {images: {...images, affine: {scale: 2 / 255, offset: -1}}, labels});
  assert.deepEqual(await read.split('train'), await value.split('train'));
});

test('float tensors are mapped at once', async () => {
  const given = dataset({train: {images: hostTensor('float32', [2], Float32Array.of(1, 2))}});
  const value = rescaleDataset(given, 'images', () => ({scale: 10, offset: 1}));
  assert.deepEqual(await value.packed?.('train'), await value.split('train'));
  assert.deepEqual([...((await value.split('train'))['images']?.data ?? [])], [11, 21]);
});
