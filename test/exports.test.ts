import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {test} from 'node:test';

/** The public API, which packages import. */
const publicFile = join('src', 'nodes', 'plugin-api.ts');
/** Node types are found in their folders: the registry takes `node` from each. */
const isDiscovered = (file: string, name: string): boolean => name === 'node' && /^src[/\\]nodes[/\\]\w+[/\\]/.test(file);

const files = ['src', 'test', 'bench', 'scripts', 'bin'].flatMap((folder) =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((name) => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name)),
);
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

/** The file of src that an import names. */
function target(file: string, specifier: string): string | undefined {
  const from = specifier.startsWith('#tfpipe/')
    ? join('src', specifier.slice('#tfpipe/'.length))
    : relative('.', join(dirname(file), specifier)).replace(/^dist(?=[/\\])/, 'src');
  const source = from.replace(/\.js$/, '.ts');
  return source.startsWith('src') ? source : undefined;
}

/** Names in braces as the other module has them: `a`, `type b`, `c as d`. */
const namesIn = (list: string): string[] =>
  list
    .split(',')
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*$/s, ''),
    )
    .filter((name) => name !== '');

/** Names that files other than `file` import from it; of a namespace or an import on demand, any word of the importing file. */
function importedNames(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const note = (file: string | undefined, names: readonly string[]): void => {
    if (file === undefined) return;
    const known = found.get(file) ?? new Set();
    for (const name of names) known.add(name);
    found.set(file, known);
  };
  for (const [file, text] of texts) {
    const words = [...new Set(text.match(/\w+/g))];
    for (const [, list = '', specifier = ''] of text.matchAll(/(?:im|ex)port (?:type )?\{([^}]*)\}\s*from '([^']+)'/g))
      note(target(file, specifier), namesIn(list));
    for (const [, specifier = ''] of text.matchAll(/(?:import \* as \w+ from|export (?:type )?\* from|import\() ?'([^']+)'/g))
      note(target(file, specifier), words);
  }
  return found;
}

function exportedNames(text: string): string[] {
  const declared = /^export (?:declare )?(?:async )?(?:const|let|function\*?|(?:abstract )?class|interface|type|enum) (\w+)/gm;
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\};/gm)].flatMap(([, list = '']) => namesIn(list));
  return [...[...text.matchAll(declared)].map(([, name = '']) => name), ...listed];
}

test('whatever a module of src exports, another file imports', () => {
  const imported = importedNames();
  const needless = [...texts].flatMap(([file, text]) =>
    file.startsWith('src') && file.endsWith('.ts') && file !== publicFile
      ? exportedNames(text)
          .filter((name) => imported.get(file)?.has(name) !== true && !isDiscovered(file, name))
          .map((name) => `${file} exports ${name}`)
      : [],
  );
  assert.deepEqual(needless, []);
});
