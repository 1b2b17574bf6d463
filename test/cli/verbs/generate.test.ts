import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {PNG} from 'pngjs';
import {sandbox} from '../pipeline.js';

const box = sandbox();
box.write(
  'gan.yaml',
  `name: gan
params: {epochs: 1}
stages:
  digits: {use: load/mnist, with: {limit: 320}}
  scaled: {use: normalise/scale, in: digits, with: {to: [-1, 1]}}
  gan:
    use: train/gan
    in: scaled
    with:
      noise: {size: 8}
      generator: [{dense: 98}, batchNorm, tanh, {reshape: [7, 7, 2]}, {upSample2d: 4}, {conv2d: {filters: 1, kernel: 5, padding: same}}, tanh]
      discriminator: [{conv2d: {filters: 4, kernel: 5, stride: 4}}, leakyRelu, flatten, {dense: 1}, sigmoid]
      batchSize: 64
      epochs: \${epochs}
      snapshots: {count: 4, everySteps: 3}
  film: {use: visualise/film, in: gan.snapshots}
`,
);
const digests = (events: readonly Record<string, unknown>[]): unknown =>
  events.flatMap(({type, stage, outputs}) =>
    type === 'stage-finished' && (stage === 'gan' || stage === 'film')
      ? Object.values(outputs as Record<string, {digest: string}>).map(({digest}) => digest)
      : [],
  );

test('samples are shown while a generator learns; more epochs go on to the bits of a run from scratch, film included', () => {
  const first = box.events('gan.yaml');
  const shown = first.flatMap(({type, name, step}) => (type === 'stage-picture' ? [[name, step]] : []));
  assert.deepEqual(shown, [
    ['samples', 3],
    ['samples', 5],
  ]);
  const grown = box.events('gan.yaml', '--set', 'epochs=3');
  assert.match(JSON.stringify(grown), /resuming from the 1 epochs of a finished run at step 5/);
  assert.deepEqual(digests(grown), digests(box.events('gan.yaml', '--set', 'epochs=3', '--store', 'fresh')));
  const pictures = readdirSync(join(box.folder, 'runs', 'latest', 'pictures', 'gan'));
  assert.deepEqual(
    pictures.sort(),
    [3, 5, 6, 9, 10, 12, 15].map((step) => `samples-${String(step).padStart(6, '0')}.png`),
  );
});

test('a finished run’s generator makes images: as many as asked, the same for the same seed', () => {
  const images = (out: string, seed: string): readonly Buffer[] => {
    const {status, stdout, stderr} = box.pipeline(
      'generate',
      'latest',
      '--count',
      '5',
      '--seed',
      seed,
      '--out',
      out,
      '--store',
      'fresh',
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^5 images in ${out}, all of them in ${out}/grid.png\\n$`));
    const names = readdirSync(join(box.folder, out)).sort();
    assert.deepEqual(names, ['grid.png', ...[0, 1, 2, 3, 4].map((index) => `image-000${index}.png`)]);
    return names.map((name) => readFileSync(join(box.folder, out, name)));
  };
  const seven = images('seven', '7');
  const {width, height} = PNG.sync.read(seven[1] as Buffer);
  assert.deepEqual([width, height], [28, 28]);
  assert.deepEqual(images('again', '7'), seven);
  assert.notDeepEqual(images('other', '8'), seven);
});

test('a run that is not there, and one without a generator, are told with exit code 2', () => {
  const absent = box.pipeline('generate', 'nothing');
  assert.equal(absent.status, 2);
  assert.match(absent.stderr, /^error Expected a run of `runs`, got `nothing`/);
  const wrong = box.pipeline('generate', 'latest', '--stage', 'film');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /Expected its stage `film` to have trained a generator/);
});
