import assert from 'node:assert/strict';
import {test} from 'node:test';
import {orderStages} from '#tfpipe/recipe/check/order.js';

test('a stage comes after all it needs, else as given', () => {
  const needs = new Map([
    ['c', ['a', 'b']],
    ['a', []],
    ['b', ['a', 'elsewhere']],
    ['d', []],
  ]);
  assert.deepEqual(orderStages(needs), {order: ['a', 'b', 'c', 'd'], cycles: []});
});

test('a path around each cycle, and a chain longer than the stack', () => {
  const circle = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a']],
    ['self', ['self']],
  ]);
  assert.deepEqual(orderStages(circle).cycles, [['a', 'b', 'c'], ['self']]);
  const chain = new Map(Array.from({length: 50_000}, (_, index) => [String(index), index === 49_999 ? [] : [String(index + 1)]]));
  assert.equal(orderStages(chain).order[0], '49999');
});
