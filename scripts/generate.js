// Writes the files that follow from the definitions of nodes and events: schemas/, docs/nodes/, docs/events.md and test/nodes/closure.txt. `--check` only
// says what is out of date.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {eventsSchema} from '../dist/core/events.js';
import {documentEvents} from '../dist/history/describe-events.js';
import {documentNode, indexNodes} from '../dist/nodes/describe.js';
import {builtinNodes} from '../dist/nodes/registry.js';
import {exampleOutputs} from '../dist/recipe/schema/example-outputs.js';
import {nodeSchema, recipeSchema} from '../dist/recipe/schema/schemas.js';
import {closures, formatClosures} from './closure.js';

/** @returns {Promise<Map<string, string>>} content by path */
export async function generatedFiles() {
  const registry = builtinNodes();
  const definitions = [];
  for (const type of await registry.types()) definitions.push((await registry.find(type)).definition);
  const outputs = await exampleOutputs(registry);
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  const files = new Map([
    ['schemas/recipe.schema.json', json(recipeSchema(definitions))],
    ['schemas/events.schema.json', json(eventsSchema())],
    ['docs/events.md', documentEvents()],
    ['docs/nodes/README.md', indexNodes(definitions)],
    ['test/nodes/closure.txt', formatClosures(await closures())],
  ]);
  for (const definition of definitions) {
    files.set(`schemas/nodes/${definition.type}.schema.json`, json(nodeSchema(definition)));
    files.set(`docs/nodes/${definition.type}.md`, documentNode(definition, outputs.get(definition.type)));
  }
  return files;
}

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const stale = [...(await generatedFiles())].filter(([path, content]) => read(path) !== content);
  for (const [path, content] of stale) {
    console.log(path);
    if (process.argv.includes('--check')) continue;
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(path, content);
  }
  process.exitCode = process.argv.includes('--check') && stale.length > 0 ? 1 : 0;
}
