import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {test} from 'node:test';
import {parse} from 'yaml';
import {sandbox} from '../pipeline.js';

const {pipeline, write} = sandbox({COLUMNS: '80'});
const recipe = write(
  'small.yaml',
  `name: small
stages:
  digits: {use: load/mnist, with: {validation: 0, limit: 400}}
  end: {use: normalise/scale, in: digits}
`,
);

test('graph draws lines with the types of what flows', () => {
  const {status, stdout, stderr} = pipeline('graph', recipe);
  assert.equal(status, 0, stderr);
  assert.equal(
    stdout,
    `●  digits  load/mnist
│      data: dataset of train 400, test 400
│        images uint8 28×28×1 in 0..255, labels uint8 in 0..9
│
●  end  normalise/scale  ← digits.data
       data: dataset of train 400, test 400
         images float32 28×28×1 in 0..1, labels uint8 in 0..9
`,
  );
});

test('graph as Mermaid, where a stage may be named like a word of Mermaid', () => {
  assert.equal(
    pipeline('graph', recipe, '--format', 'mermaid').stdout,
    `flowchart LR
  s0["<b>digits</b><br/>load/mnist"]
  s1["<b>end</b><br/>normalise/scale"]
  s0 -- "data: images 28×28×1 uint8" --> s1
`,
  );
});

test('graph as SVG that stands alone, with every stage, port and type', () => {
  const path = resolve('pipelines/aae-supervised.yaml');
  const {stages} = parse(readFileSync(path, 'utf8')) as {stages: Record<string, {in?: string | Record<string, string>}>};
  const edges = Object.values(stages).flatMap((stage) =>
    typeof stage.in === 'string' ? [stage.in] : Object.values(stage.in ?? {}),
  );
  const {status, stdout} = pipeline('graph', path, '--format', 'svg');
  assert.equal(status, 0);
  assert.match(stdout, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*><style>/);
  assert.equal(stdout.match(/<g class="node /g)?.length, Object.keys(stages).length);
  assert.equal(stdout.match(/<path class="edge"/g)?.length, edges.length);
  for (const text of ['encoder', '28×28×1 → 10', 'decoder', '20 → 28×28×1 in 0..1', 'images 28×28×1 uint8'])
    assert(stdout.includes(`>${text}</text>`), text);
  assert(stdout.includes('<title>aae.encoder → codes.model\nmodel 28×28×1 → 10, 465,706 weights</title>'));
  assert.doesNotMatch(stdout, /NaN|undefined/);
});

test('graph shows what is wrong with a recipe, and with the command line', () => {
  const wrong = pipeline('graph', write('wrong.yaml', 'name: x\nstages:\n  a: {use: load/mnst}\n'));
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /wrong\.yaml:3:12 error unknown-node/);
  assert.equal(
    pipeline('graph', recipe, '--format', 'dot').stderr.split('\n')[0],
    'error Expected --format to be `terminal`, `mermaid` or `svg`, got `dot`',
  );
});
