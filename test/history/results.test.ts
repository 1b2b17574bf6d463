import assert from 'node:assert/strict';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import type {RunEvent, StageOutput} from '#tfpipe/core/events.js';
import {hostTensor} from '#tfpipe/core/host-tensor.js';
import type {FigureValue, ModelValue, TableValue} from '#tfpipe/core/ports.js';
import {BlobFault} from '#tfpipe/core/store.js';
import {Results} from '#tfpipe/history/results.js';
import {artifactLinks} from '#tfpipe/history/run-folder.js';
import {storeValue} from '#tfpipe/stores/artifacts.js';
import {openStore} from '#tfpipe/stores/open.js';
import {recordOf} from '../helpers/record-of.js';
import {dataset} from '../nodes/run-node.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-results-'));
after(() => rm(scratch, {recursive: true, force: true}));
const store = await openStore(join(scratch, 'store'));
const results = new Results(store);

const table: TableValue = {kind: 'table', columns: {metric: ['accuracy'], value: [0.5]}};
const model: ModelValue = {kind: 'model', architecture: ['relu'], weights: {a: hostTensor('float32', [1], Float32Array.of(2))}};
const figure: FigureValue = {
  kind: 'figure',
  title: 'Counts',
  alt: 'two classes',
  png: Buffer.from('png'),
  film: Buffer.from('gif'),
  interactive: {type: 'matrix', classes: ['a', 'b'], counts: [[1, 0]]},
};

test('tables, models and figures read back by what an event says of them', async () => {
  assert.deepEqual(await results.table(await storeValue(store, table, {kind: 'table', columns: []})), table);
  const {weights, ...read} = await results.model(
    await storeValue(store, model, {kind: 'model', inputs: {}, output: {} as never}),
  );
  assert.deepEqual(read, {kind: 'model', architecture: ['relu']});
  assert.deepEqual({...weights}, model.weights);
  assert.deepEqual(await results.figure(await storeValue(store, figure, {kind: 'figure'})), figure);
  await assert.rejects(
    results.model(await storeValue(store, table, {kind: 'table', columns: []})),
    /Expected a model, got a table/,
  );
});

test('the file that shows an output is a picture, or the JSON of a table; data and weights have none', async () => {
  const shown = await Promise.all(
    ([figure, table, model] as const).map(async (value) => results.shown(await storeValue(store, value, {kind: 'figure'}))),
  );
  assert.deepEqual(
    shown.map((file) => file?.name),
    ['figure.png', 'table.json', undefined],
  );
});

test('types of the tensors of each split are read without the tensors', async () => {
  const images = hostTensor('uint8', [3, 2], new Uint8Array(6));
  const labels = hostTensor('int32', [3], new Int32Array(3));
  const output = await storeValue(store, dataset({train: {images, labels}, test: {images}}), {kind: 'dataset', splits: {}});
  const found = await results.splits(output);
  assert.deepEqual(Object.fromEntries(found.map(({split, tensors}) => [split, tensors])), {
    train: {labels: {dtype: 'int32', shape: [3]}, images: {dtype: 'uint8', shape: [3, 2]}},
    test: {images: {dtype: 'uint8', shape: [3, 2]}},
  });
  assert.equal(found[0]?.digest, output.files[0]?.digest);
});

test('what the store no longer has is a fault', async () => {
  const lost: StageOutput = {
    kind: 'table',
    digest: digestBytes(''),
    files: [{name: 'table.json', digest: digestBytes('x'), bytes: 1}],
  };
  await assert.rejects(results.table(lost), BlobFault);
});

test('the record of a stage is found by its key, or is gone, or the stage has no result in the run', async () => {
  const key = digestBytes('key');
  const record = recordOf(key, [await store.writeBlob(Buffer.from('content'))]);
  await store.commit(record);
  const cached = (stage: string, at: string): RunEvent => ({
    ...{type: 'stage-cached', time: 1, stage, key: digestBytes(at), seconds: 1, outputs: {}, metrics: []},
  });
  const run = {events: [cached('there', 'key'), cached('removed', 'other')]};
  assert.deepEqual(await results.record(run, 'there'), {status: 'found', record});
  assert.deepEqual(await results.record(run, 'removed'), {status: 'gone', fault: 'none'});
  assert.deepEqual(await results.record(run, 'ther'), {status: 'no such stage', stages: ['there', 'removed']});
});

test('a picture is read from the store until the folder of the run has its copy; results are linked', async () => {
  const png = Buffer.from('a picture');
  const {digest} = await store.writeBlob(png);
  const folder = join(scratch, 'run');
  const event = {type: 'stage-picture', time: 1, stage: 'net', name: 'samples', step: 7, digest} as const;
  assert.equal(await results.picture(folder, event), await store.file(digest));
  const links = artifactLinks(folder, store);
  links.hear(event);
  const outputs = {scores: await storeValue(store, table, {kind: 'table', columns: []})};
  links.hear({type: 'stage-finished', time: 2, stage: 'net', key: digest, seconds: 1, peakBytes: 1, outputs});
  await links.close();
  const copy = join(folder, 'pictures/net/samples-000007.png');
  assert.equal(await results.picture(folder, event), copy);
  assert.deepEqual(await readFile(copy), png);
  assert.match(await readFile(join(folder, 'artifacts/net/scores/table.json'), 'utf8'), /accuracy/);
});

test('a picture that the store does not have stops the run with its failure', async () => {
  const links = artifactLinks(join(scratch, 'broken'), store);
  links.hear({type: 'stage-picture', time: 1, stage: 'net', name: 'samples', step: 7, digest: digestBytes('none')});
  await assert.rejects(links.close(), BlobFault);
});
