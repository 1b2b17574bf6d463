import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PNG} from 'pngjs';
import type {Exporter} from '#tfpipe/core/exporter.js';
import {type PortKind, portKinds, type Split} from '#tfpipe/core/ports.js';
import {loadValue, storeValue} from '#tfpipe/stores/artifacts.js';
import {MemoryStore} from '../../helpers/memory-store.js';
import {dataset} from '../../nodes/run-node.js';
import {exportedFiles} from './command-line.js';
import {columns, oddlyNamed, samples, splits, weights} from './samples.js';

export interface WrittenFile {
  readonly name: string;
  readonly content: Buffer;
}

/** A tensor as an independent reader finds it; NaN and infinities are words. */
export interface Numbers {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** Readers of a format that are not ours. */
export interface Readers {
  readonly readTensors?: (files: readonly WrittenFile[]) => Promise<readonly Numbers[]>;
  /** Whether tensors come back with their element type. */
  readonly keepsTypes?: boolean;
  /** Cells as text, by column. */
  readonly readTable?: (files: readonly WrittenFile[]) => Promise<Readonly<Record<string, readonly string[]>>>;
}

const tensorsOf: Readonly<Record<'dataset' | 'embedding' | 'model', readonly Split[]>> = {
  dataset: Object.values(splits.dataset),
  embedding: Object.values(splits.embedding),
  model: [weights],
};
const isTensors = (kind: PortKind): kind is keyof typeof tensorsOf => kind in tensorsOf;

/** What every format promises: what it takes is written under safe names and reads back as it was; what it does not take it refuses. */
export function exporterContract({format, takes, files: filesOf}: Exporter, readers: Readers): void {
  const write = async (kind: PortKind, port = 'out') => exportedFiles(format, port, await samples[kind]());

  test(`${format}: takes ${takes.join(', ')}, under names that are files of one folder`, async () => {
    for (const kind of takes) {
      const files = await write(kind, 'out-put_1');
      assert.ok(files.length > 0, kind);
      assertSafe(files);
    }
  });

  for (const kind of portKinds.filter((each) => !takes.includes(each)))
    test(`${format}: refuses a ${kind} in one sentence`, async () => {
      await assert.rejects(write(kind, 'refused'), {message: /^Expected [^\n]+\brefused\b[^\n]*$/});
    });

  test(`${format}: the same value gives the same bytes`, async () => {
    for (const kind of takes) assert.deepEqual(await write(kind), await write(kind), kind);
  });

  test(`${format}: the command line writes its files`, async () => {
    for (const kind of takes) {
      const {value, type} = await samples[kind]();
      const store = new MemoryStore();
      const stored = await loadValue(store, await storeValue(store, value, type));
      const files = await filesOf('out', stored, type);
      const bytes = files.map(({name, content}) => ({name, content: Buffer.from(content)}));
      assert.deepEqual(
        await write(kind),
        bytes.sort((left, right) => (left.name < right.name ? -1 : 1)),
      );
    }
  });

  const {readTensors, readTable, keepsTypes = false} = readers;
  if (readTensors) {
    for (const kind of takes.filter(isTensors))
      test(`${format}: an independent reader finds the numbers of a ${kind}`, async () => {
        assertSame(await readTensors(await write(kind)), tensorsOf[kind], keepsTypes);
      });
    if (takes.includes('dataset'))
      test(`${format}: tensors whose names no file can have are written safely, none over another`, async () => {
        const files = await exportedFiles(format, 'out', {
          value: dataset({all: oddlyNamed}),
          type: {kind: 'dataset', splits: {}},
        });
        assertSafe(files);
        assertSame(await readTensors(files), [oddlyNamed], keepsTypes);
      });
  }

  if (readTable)
    test(`${format}: an independent reader finds the cells of a table`, async () => {
      const text = (cells: readonly unknown[]): string[] => cells.map((cell) => String(cell ?? ''));
      const expected = Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, text(cells)]));
      assert.deepEqual(await readTable(await write('table')), expected);
    });

  if (takes.includes('figure'))
    test(`${format}: an independent reader finds a figure's pixels`, async () => {
      const [file, more] = await write('figure');
      const {value} = await samples.figure();
      assert(file && !more && value.kind === 'figure');
      const [found, drawn] = [file.content, Buffer.from(value.png)].map((png) => PNG.sync.read(png));
      assert.deepEqual([found?.width, found?.height, found?.data], [3, 2, drawn?.data]);
    });
}

function assertSafe(files: readonly WrittenFile[]): void {
  for (const {name} of files) assert.match(name, /^\w[\w.-]*$/);
  assert.equal(new Set(files.map(({name}) => name.toLowerCase())).size, files.length, 'no name twice');
}

/** Compares contents: what a format calls its files and tensors is its own. */
function assertSame(found: readonly Numbers[], given: readonly Split[], keepsTypes: boolean): void {
  const text = ({dtype, shape, values}: Numbers): string => JSON.stringify([keepsTypes && dtype, shape, values]);
  const expected = given
    .flatMap((split) => Object.values(split))
    .map(({dtype, shape, data}) => ({
      dtype,
      shape,
      values: Array.from(data, (value) => (Number.isFinite(value) ? value : String(value))),
    }));
  assert.deepEqual(found.map(text).sort(), expected.map(text).sort());
}
