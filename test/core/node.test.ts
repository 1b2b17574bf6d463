import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Type} from '@sinclair/typebox';
import {defineNode, groupInputs, prepareNode} from '#tfpipe/core/node.js';
import type {TableType} from '#tfpipe/core/ports.js';

test('edges of a port that takes many come as one record by their labels, none as an empty one', () => {
  const ports = {data: {kind: 'dataset', description: ''}, scores: {kind: 'table', description: '', many: true}} as const;
  assert.deepEqual(groupInputs(ports, {data: 1, 'scores@svm': 2, 'scores@mlp@C=1': 3}), {
    data: 1,
    scores: {svm: 2, 'mlp@C=1': 3},
  });
  assert.deepEqual(groupInputs(ports, {data: 1}), {data: 1, scores: {}});
});

test('a node prepares once: its outputs follow from that, or every issue is told', () => {
  let prepared = 0;
  const node = defineNode({
    ...{type: 'test/rows', summary: '', example: '', usesTensors: false},
    params: Type.Object({column: Type.String()}),
    inputs: {table: {kind: 'table', description: ''}},
    prepare: ({column}, {table}, report) => {
      prepared += 1;
      if (!table.columns.includes(column)) report({path: ['with', 'column'], message: 'no such column'});
      if (column === '') report({path: ['with', 'column'], message: 'empty'});
      return {columns: [column]};
    },
    outputs: ({columns}) => ({table: {kind: 'table', columns}}),
    run: async ({prepared: {columns}}) => ({table: {kind: 'table', columns: {[columns[0] ?? '']: []}}}),
  });
  const table: TableType = {kind: 'table', columns: ['a']};
  const fit = prepareNode(node, {column: 'a'}, {table});
  assert.deepEqual(fit, {status: 'fits', prepared: {columns: ['a']}, outputs: {table: {kind: 'table', columns: ['a']}}});
  assert.equal(prepared, 1);
  const misfit = prepareNode(node, {column: ''}, {table});
  assert(misfit.status === 'issues');
  assert.deepEqual(
    misfit.issues.map(({message}) => message),
    ['no such column', 'empty'],
  );
});
