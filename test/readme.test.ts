import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {resolve} from 'node:path';
import {test} from 'node:test';
import {sandbox} from './cli/pipeline.js';

test('every recipe in pipelines/ is valid', () => {
  const recipes = readdirSync('pipelines').filter((name) => name.endsWith('.yaml'));
  assert(recipes.length > 0);
  const {status, stdout, stderr} = sandbox().pipeline('validate', ...recipes.map((name) => resolve('pipelines', name)));
  assert.equal(status, 0, stdout + stderr);
});
