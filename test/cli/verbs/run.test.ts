import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {before, test} from 'node:test';
import {testPython} from '#scripts/test-venv.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {readSafetensors} from '#tfpipe/tensor/safetensors.js';
import {type Sandbox, sandbox, smallRecipe} from '../pipeline.js';

const names = ['digits', 'scaled', 'aae', 'codes', 'score', 'curves', 'reconstructions', 'styles', 'map'];
type Event = Record<string, unknown>;
const stagesOf = (events: readonly Event[], type: string): unknown[] =>
  events.filter((event) => event['type'] === type).map((event) => event['stage']);

/** Content digests of all outputs of a run, by stage and port. */
function digests(events: readonly Event[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const event of events) {
    if (event['type'] !== 'stage-finished' && event['type'] !== 'stage-cached') continue;
    for (const [port, output] of Object.entries(event['outputs'] as Record<string, {digest: string}>))
      found[`${event['stage']}.${port}`] = output.digest;
  }
  return found;
}

let box: Sandbox;
let first: readonly Event[];
before(() => {
  box = sandbox();
  box.write('small.yaml', smallRecipe());
  first = box.events('small.yaml');
});

test('a first run computes every stage and ends done', () => {
  assert.deepEqual(stagesOf(first, 'stage-finished').sort(), [...names].sort());
  assert.equal(first.at(-1)?.['outcome'], 'done');
});

test('training reports every epoch, with validation', () => {
  const points = first.filter((event) => event['type'] === 'stage-metrics' && event['stage'] === 'aae');
  assert.deepEqual(
    points.map((point) => point['step']),
    [1, 2],
  );
  const values = points[1]?.['values'] as Record<string, number>;
  for (const loss of ['reconstructionLoss', 'discriminatorLoss', 'generatorLoss']) {
    assert.ok(Number.isFinite(values[loss]), loss);
    assert.ok(Number.isFinite(values[`validation/${loss}`]), `validation/${loss}`);
  }
});

test('a stage reports no metric that its node type does not name, since checks are held against the names', async () => {
  const registry = builtinNodes();
  const stages = (first[0] as {stages?: {name: string; use: string}[]} | undefined)?.stages ?? [];
  for (const event of first.filter(({type}) => type === 'stage-metrics')) {
    const use = stages.find(({name}) => name === event['stage'])?.use ?? '';
    const named = (await registry.find(use))?.definition.metrics ?? [];
    for (const metric of Object.keys(event['values'] as object)) assert(named.includes(metric), `${use}: ${metric}`);
  }
});

test('the same again computes nothing and gives the same content', () => {
  const again = box.events('small.yaml');
  assert.deepEqual(stagesOf(again, 'stage-cached').sort(), [...names].sort());
  assert.deepEqual(digests(again), digests(first));
});

test('the same in another store gives the same content, byte for byte', () => {
  assert.deepEqual(digests(box.events('small.yaml', '--store', 'another/store')), digests(first));
});

test('more epochs keep what is before training', () => {
  const {stdout} = box.pipeline('plan', 'small.yaml', '--set', 'epochs=3');
  assert.match(stdout, /● digits .*cached/);
  assert.match(stdout, /● scaled .*cached/);
  assert.match(stdout, /▸ aae .*would run: epochs 2 → 3/);
  assert.match(stdout, /\? codes .*would run, unless aae comes out as before/);
});

test('a visualise param reruns that stage alone', () => {
  box.write('edited.yaml', smallRecipe({steps: 4}));
  const edited = box.events('edited.yaml');
  assert.deepEqual(stagesOf(edited, 'stage-finished'), ['styles']);
  assert.equal(edited.find((event) => event['type'] === 'stage-started')?.['reason'], 'steps 3 → 4');
});

test('comments, white space and another order of keys rerun nothing', () => {
  box.write('reordered.yaml', `# a comment\n${smallRecipe().replace('name: small\nseed: 7', 'seed:   7\n\nname: small')}`);
  assert.deepEqual(stagesOf(box.events('reordered.yaml'), 'stage-finished'), []);
});

test('the run’s folder has the recipe, the journal, the report, and the results under their names', () => {
  const [latest] = readdirSync(join(box.folder, 'runs'))
    .filter((name) => name !== 'latest')
    .sort();
  const folder = join(box.folder, 'runs', latest ?? '');
  assert.equal(readFileSync(join(folder, 'recipe.yaml'), 'utf8'), smallRecipe());
  const journal = readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  assert.deepEqual(
    journal.map((event) => event['type']),
    first.filter((event) => event['type'] !== 'stage-progress').map((event) => event['type']),
  );
  assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /<h1>small<\/h1>/);
  for (const file of [
    'codes/codes/test.safetensors',
    'styles/figure/figure.png',
    'score/scores/table.json',
    'aae/encoder/weights.safetensors',
  ])
    assert.ok(existsSync(join(folder, 'artifacts', file)), file);
});

test('numpy opens cached images and codes with the right types and shapes', async () => {
  const artifact = (path: string): string => join(box.folder, 'runs', 'latest', 'artifacts', path);
  const script =
    'import sys; from safetensors.numpy import load_file\nfor path in sys.argv[1:]:\n  print({name: (str(value.dtype), value.shape) for name, value in sorted(load_file(path).items())})';
  const output = execFileSync(
    testPython(),
    ['-c', script, artifact('digits/data/train.safetensors'), artifact('codes/codes/test.safetensors')],
    {encoding: 'utf8'},
  );
  assert.equal(
    output,
    "{'images': ('uint8', (400, 28, 28, 1)), 'labels': ('uint8', (400,))}\n{'codes': ('float32', (400, 4)), 'labels': ('uint8', (400,))}\n",
  );
  const {tensors} = await readSafetensors(artifact('digits/data/test.safetensors'));
  assert.deepEqual(
    Array.from(tensors['labels']?.data.subarray(0, 10) ?? []),
    [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    'the first ten test digits of MNIST',
  );
});

test('a stage that fails is told in a sentence, what needs it is skipped, and the exit code is 1', () => {
  const data = sandbox({TFPIPE_DATA: resolve('test')});
  data.write('train-images-idx3-ubyte', 'not mnist');
  const {status, stdout, stderr} = sandbox({TFPIPE_DATA: data.folder}).pipeline('run', resolve(box.folder, 'small.yaml'));
  assert.equal(status, 1);
  assert.match(stderr, /Expected `train-images-idx3-ubyte` in .* to have SHA-256 ba891046e650…, got/);
  assert.match(stdout, /- scaled .*skipped: `digits` failed/);
  assert.doesNotMatch(stdout + stderr, /\n\s+at /, 'no stack trace');
});

test('Ctrl-C stops after a checkpoint, the next run goes on from it and ends with the same content', {
  timeout: 120_000,
}, async () => {
  const long = sandbox();
  long.write('long.yaml', smallRecipe().replace('epochs: 2', 'epochs: 60').replace('limit: 400', 'limit: 2000'));
  const child = spawn(process.execPath, [resolve('bin', 'pipeline.js'), 'run', 'long.yaml', '--json'], {
    cwd: long.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = '';
  await new Promise<void>((done) => {
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (/"stage-metrics","stage":"aae"|"type":"stage-progress","stage":"aae"/.test(heard)) done();
    });
  });
  child.kill('SIGINT');
  const code = await new Promise((done) => child.once('close', done));
  assert.equal(code, 130);
  const resumed = long.events('long.yaml');
  assert.ok(
    resumed.some(
      (event) => event['type'] === 'stage-log' && /resuming from the checkpoint at step \d+/.test(String(event['text'])),
    ),
  );
  const fresh = digests(long.events('long.yaml', '--store', 'fresh/store'));
  assert.deepEqual(digests(resumed), fresh);
});
