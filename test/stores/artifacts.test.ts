import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import {type DatasetValue, type FigureValue, type PortType, type PortValue, portKinds} from '#tfpipe/core/ports.js';
import {rescaleDataset} from '#tfpipe/nodes/map-dataset.js';
import {loadValue, storeValue} from '#tfpipe/stores/artifacts.js';
import {MemoryStore} from '../helpers/memory-store.js';
import {dataset} from '../nodes/run-node.js';

const store = new MemoryStore();
after(() => store.close());

const images = hostTensor('uint8', [2, 2], Uint8Array.of(0, 51, 204, 255));
const labels = hostTensor('uint8', [2], Uint8Array.of(3, 9));
const type = {kind: 'dataset', splits: {}} as const;

test('scaled bytes are kept as bytes, and read as the values they stand for', async () => {
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

const png = Uint8Array.of(137, 80, 78, 71);
const figure: FigureValue = {kind: 'figure', title: 'Loss', alt: 'A line that falls.', png};
const codes = hostTensor('float32', [2, 2], Float32Array.of(0, -0, 0.1, 1e-40));
/** Values of every kind, plain and with all that their kind can have. */
const values: readonly PortValue[] = [
  dataset({train: {images, labels}, test: {images}}),
  rescaleDataset(dataset({train: {images, labels}}), 'images', () => ({scale: 1 / 255, offset: 0})),
  dataset({train: {codes, labels}}, 'embedding'),
  {kind: 'model', architecture: {layers: [{dense: {units: 2}}]}, weights: {'10.kernel': codes, '2.bias': labels}},
  {kind: 'table', columns: {größe: [0.1 + 0.2, null], name: ['\u2028', '']}},
  figure,
  {
    ...figure,
    film: Uint8Array.of(71, 73, 70),
    interactive: {
      type: 'matrix',
      classes: ['a', 'b'],
      counts: [
        [1, 2],
        [0, 3],
      ],
    },
  },
];
const typeOf = ({kind}: PortValue): PortType => ({kind}) as PortType;

test('a value of any kind that is loaded and stored again gives the same files and the same digest', async () => {
  assert.deepEqual(new Set(values.map(({kind}) => kind)), new Set(portKinds));
  for (const value of values) {
    const stored = await storeValue(store, value, typeOf(value));
    const loaded = await loadValue(store, JSON.parse(JSON.stringify(stored)));
    assert.deepEqual(await storeValue(store, loaded, typeOf(value)), stored, value.kind);
  }
});

test('a figure is loaded with its film and its interactive form, and without what it never had', async () => {
  for (const value of values) {
    if (value.kind !== 'figure') continue;
    const loaded = await loadValue(store, await storeValue(store, value, typeOf(value)));
    assert(loaded.kind === 'figure');
    const {png: picture, film, ...rest} = loaded;
    assert.deepEqual({...rest, png: Uint8Array.from(picture), ...(film && {film: Uint8Array.from(film)})}, value);
  }
});
