import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {test} from 'node:test';

/** Rooms of src/ from the top down; `.` are the two composition roots. A module may import from its own room and from the rows below. */
const rows = [
  ['.'],
  ['cli'],
  ['session'],
  ['report', 'trackers', 'executors'],
  ['history', 'runner', 'exporters'],
  ['recipe'],
  ['nodes', 'stores'],
  ['training'],
  ['networks'],
  ['figures', 'numerics', 'optimizers', 'sources'],
  ['tensor', 'wasm'],
  ['util'],
  ['core'],
];
/** The room of a file of src, or of one that it imports. */
const roomOf = (file: string): string => (file.includes(sep) ? (file.split(sep)[0] ?? '') : '.');
const rowOf = (folder: string): number => rows.findIndex((row) => row.includes(folder));

const files = readdirSync('src', {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8');
  return [...text.matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g)].map((match) =>
    relative('src', join('src', dirname(file), match[1] ?? '')),
  );
}

test('every folder of src has its row', () => {
  for (const file of files) assert.notEqual(rowOf(roomOf(file)), -1, `src/${file} stands in no known folder`);
});

test('imports go down the rows', () => {
  const wrong = files.flatMap((file) => {
    const from = roomOf(file);
    return importsOf(file)
      .map(roomOf)
      .filter((to) => to !== from && rowOf(to) <= rowOf(from))
      .map((to) => `src/${file} imports from ${to}`);
  });
  assert.deepEqual(wrong, []);
});

test('nodes never import nodes', () => {
  const isType = (path: string): boolean => /^nodes[/\\][^/\\]+[/\\]/.test(path);
  const wrong = files.filter(isType).flatMap((file) =>
    importsOf(file)
      .filter(isType)
      .map((target) => `src/${file} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test('no module imports itself by way of others, types included', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file).map((target) => target.replace(/\.js$/, '.ts'))]));
  const cleared = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (way.includes(file) || cleared.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...way, file]);
    cleared.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});

test('only the command line prints', () => {
  const printing = files.filter(
    (file) =>
      roomOf(file) !== 'cli' &&
      file !== 'main.ts' &&
      /console\.|process\.(stdout|stderr)\.write/.test(readFileSync(join('src', file), 'utf8')),
  );
  assert.deepEqual(printing, []);
});
