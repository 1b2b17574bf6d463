/**
 * What checking costs in processor time, whatever else the machine does: of our recipes, and of a thousand stages, written or unrolled.
 * `npm run bench -- validate` times whole processes.
 */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';

/** A slow machine may take this many times what ours may. */
const SLACK = 4;
const count = 1000;
const list = (length: number): string => `[${Array.from({length}, (_, index) => index).join(', ')}]`;
interface Checked {
  readonly text: string;
  /** Where it stands; what it extends is looked for there. */
  readonly path?: string;
  readonly stages?: number;
  readonly milliseconds: number;
}
const recipes: Readonly<Record<string, Checked>> = {
  'a thousand stages': {
    text: `name: x\nstages:\n  s0: {use: load/mnist}\n${Array.from({length: count - 1}, (_, index) => `  s${index + 1}: {use: normalise/scale, in: s${Math.max(0, index - 9)}, with: {to: [0, 1]}}\n`).join('')}`,
    stages: count,
    milliseconds: 1000,
  },
  'a thousand stages of one matrix': {
    text: `name: x\nstages:\n  d: {use: load/mnist}\n  s: {use: normalise/scale, matrix: {a: ${list(40)}, b: ${list(25)}}, in: d, with: {to: ["\${a}", 100]}}\n`,
    stages: count + 1,
    milliseconds: 1000,
  },
  ...Object.fromEntries(
    readdirSync('pipelines')
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, {path: `pipelines/${name}`, text: readFileSync(`pipelines/${name}`, 'utf8'), milliseconds: 300}]),
  ),
};

for (const [name, {text, path = 'x.yaml', stages, milliseconds}] of Object.entries(recipes)) {
  test(`what checking costs: ${name}`, async () => {
    const took = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = process.cpuUsage();
      const {recipe} = await loadRecipeText({name: path, text}, {registry: builtinNodes()});
      took.push(process.cpuUsage(before).user / 1000);
      assert(recipe);
      if (stages !== undefined) assert.equal(recipe.stages.length, stages);
    }
    assert(Math.min(...took) < SLACK * milliseconds, `${took.map(Math.round).join(', ')} ms`);
  });
}
