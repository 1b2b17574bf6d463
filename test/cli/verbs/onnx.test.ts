import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {sandbox} from '../pipeline.js';

const box = sandbox();
const classifier = '{use: train/classifier, in: digits, with: {layers: [flatten, {dense: 10}], epochs: 1}}';
before(() => {
  box.write(
    'two.yaml',
    `name: two\nstages:\n  digits: {use: load/mnist, with: {limit: 64}}\n  one: ${classifier}\n  other: ${classifier}\n`,
  );
  box.events('two.yaml');
});

test('a network of a run is written where asked, and named by its stage alone too', () => {
  const {status, stdout, stderr} = box.pipeline('onnx', 'latest', 'one.model', '--out', 'digits.onnx');
  assert.equal(status, 0, stderr);
  assert.equal(stdout, 'wrote digits.onnx: `input` float32 [batch, 28, 28, 1] → `output`\n');
  box.pipeline('onnx', 'latest', 'one');
  const [asked, named] = ['digits.onnx', 'one.onnx'].map((name) => readFileSync(join(box.folder, name)));
  assert.deepEqual(asked, named);
  // the weights, and little else
  assert.ok((asked?.length ?? 0) > 7850 * 4 && (asked?.length ?? 0) < 7850 * 4 + 600, `${asked?.length} bytes`);
});

for (const [what, args, message] of [
  ['no run', [], /^error Expected one run, and perhaps the name of a network\n/],
  [
    'one of several',
    ['latest'],
    /^error Expected the name of one network, since the run has several\n +Such as `one.model`, `other.model`\.\n/,
  ],
  [
    'another name',
    ['latest', 'ones'],
    /^error Expected a network of the run, got `ones`\n +There are `one.model`, `other.model`\.\n/,
  ],
  [
    'no folder',
    ['latest', 'one', '--out', 'no/where.onnx'],
    /^error Expected `no\/where.onnx` to be a place to write to, got ENOENT\n/,
  ],
] as const)
  test(`${what}: exit code 2 and one sentence`, () => {
    const {status, stderr} = box.pipeline('onnx', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
