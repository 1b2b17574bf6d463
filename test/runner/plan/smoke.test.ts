import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {DatasetType, PortValue} from '#tfpipe/core/ports.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';
import {smokeRecipe} from '#tfpipe/runner/plan/smoke.js';
import {node as source} from '#tfpipe/runner/plan/smoke-source.js';
import {runNode} from '../../nodes/run-node.js';

const networks =
  'encoder: [flatten, {dense: 4}], decoder: [{dense: 784}, {reshape: [28, 28, 1]}, sigmoid], discriminator: [{dense: 1}, sigmoid]';

async function smoke(stages: string) {
  const text = `name: x\nstages:\n  digits: {use: load/mnist}\n${stages}`;
  const {recipe, diagnostics} = await loadRecipeText({name: 'x.yaml', text}, {registry: builtinNodes()});
  assert(recipe, JSON.stringify(diagnostics.map(({message}) => message)));
  return smokeRecipe(recipe);
}

test('as few examples as the stages accept; a training is as short as its schema allows, all else is the recipe’s', async () => {
  const scaled = '  scaled: {use: normalise/scale, in: digits}\n';
  const none = await smoke(scaled);
  assert(none.status === 'accepted');
  assert.equal(none.examples, 16);

  const trained = await smoke(
    `${scaled}  aae: {use: train/adversarial-autoencoder, in: scaled, with: {${networks}, batchSize: 100, epochs: 70}}\n`,
  );
  assert(trained.status === 'accepted');
  assert.equal(trained.examples, 16);
  const [digits, , aae] = trained.recipe.stages;
  assert(digits && aae);
  assert.deepEqual((digits.outputs['data'] as DatasetType).splits['train']?.['images'], {
    dtype: 'uint8',
    shape: [16, 28, 28, 1],
    range: [0, 255],
  });
  assert.deepEqual([aae.params['epochs'], aae.params['batchSize'], aae.params['priorDeviation']], [1, 16, 5]);
});

test('made-up values are of their type and range; every class occurs; the same seed gives the same values', async () => {
  const types = {
    data: {
      kind: 'dataset',
      splits: {
        train: {
          images: {dtype: 'uint8', shape: [30, 5, 5, 1], range: [0, 255]},
          labels: {dtype: 'uint8', shape: [30], range: [0, 9]},
          scaled: {dtype: 'float32', shape: [30, 40], range: [-1, 1]},
          free: {dtype: 'float32', shape: [30, 40]},
        },
      },
    },
    scores: {kind: 'table', columns: ['metric', 'value']},
    picture: {kind: 'figure'},
  };
  const make = async (seed: number) => (await runNode(source, {params: {types}, seed})).outputs;
  const outputs = await make(1);
  const split = await (outputs['data'] as Extract<PortValue, {kind: 'dataset' | 'embedding'}>).split('train');
  const span = (name: string) => [Math.min(...(split[name]?.data ?? [])), Math.max(...(split[name]?.data ?? []))] as const;
  assert.deepEqual(split['images']?.shape, [30, 5, 5, 1]);
  assert(split['images']?.data instanceof Uint8Array);
  assert.deepEqual([...new Set(split['labels']?.data)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const [low, high] = span('scaled');
  assert(low >= -1 && low < -0.98 && high <= 1 && high > 0.98);
  const free = [...(split['free']?.data ?? [])];
  const mean = free.reduce((sum, value) => sum + value, 0) / free.length;
  const variance = free.reduce((sum, value) => sum + (value - mean) ** 2, 0) / free.length;
  assert(Math.abs(mean) < 0.12 && Math.abs(variance - 1) < 0.15, `${mean} ${variance}`);
  assert.deepEqual(Object.keys((outputs['scores'] as Extract<PortValue, {kind: 'table'}>).columns), ['metric', 'value']);
  const again = await ((await make(1))['data'] as Extract<PortValue, {kind: 'dataset' | 'embedding'}>).split('train');
  assert.deepEqual(again, split);
  const other = await ((await make(2))['data'] as Extract<PortValue, {kind: 'dataset' | 'embedding'}>).split('train');
  assert.notDeepEqual(other['images'], split['images']);
});
