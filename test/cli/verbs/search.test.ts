import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {before, test} from 'node:test';
import {PNG} from 'pngjs';
import {decodeSafetensors} from '#tfpipe/tensor/safetensors.js';
import {sandbox} from '../pipeline.js';

const box = sandbox();
before(() => {
  box.write(
    'aae.yaml',
    `name: aae
stages:
  digits: {use: load/mnist, with: {limit: 64}}
  scaled: {use: normalise/scale, in: digits, with: {to: [0, 1]}}
  aae:
    use: train/adversarial-autoencoder
    in: scaled
    with:
      encoder: [flatten, {dense: 12}]
      decoder: [{dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
      discriminator: [{dense: 8}, relu, {dense: 1}, sigmoid]
      batchSize: 32
      epochs: 1
  codes: {use: featurize/encode, in: {data: scaled, model: aae.encoder}}
`,
  );
  box.events('aae.yaml');
});

/** Writes a digit of the run as a PNG, each of its pixels `times` as large, as ink on paper where `onPaper`. */
function digit(row: number, times: number, onPaper: boolean): string {
  const stored = readFileSync(join(box.folder, 'runs', 'latest', 'artifacts', 'digits', 'data', 'train.safetensors'));
  const pixels = decodeSafetensors(stored).tensors['images']?.data ?? [];
  const png = new PNG({width: 28 * times, height: 28 * times});
  for (let at = 0; at < png.width * png.height; at++) {
    const [x, y] = [Math.floor((at % png.width) / times), Math.floor(at / png.width / times)];
    const value = pixels[row * 784 + y * 28 + x] ?? 0;
    png.data.fill(onPaper ? 255 - value : value, 4 * at, 4 * at + 3);
    png.data[4 * at + 3] = 255;
  }
  const name = `digit-${row}-${times}.png`;
  writeFileSync(join(box.folder, name), PNG.sync.write(png));
  return name;
}

for (const [what, times, onPaper, distance] of [
  ['as it is', 1, false, 'euclidean'],
  ['three times as large and on paper', 3, true, 'cosine'],
] as const)
  test(`an image of the run finds itself, ${what}`, () => {
    const {status, stdout, stderr} = box.pipeline(
      'search',
      'latest',
      '--image',
      digit(17, times, onPaper),
      '--nearest',
      '3',
      '--distance',
      distance,
      '--out',
      'found.png',
    );
    assert.equal(status, 0, stderr);
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', new RegExp(`^ +class +${distance} distance +row of train$`));
    assert.match(lines[1] ?? '', /^1 +\d +0\.000\d +17$/);
    assert.match(lines[3] ?? '', /^3 /);
    assert.equal(lines[5], `${onPaper ? 'dark on light, so inverted; ' : ''}a picture of them: found.png`);
    assert.ok(PNG.sync.read(readFileSync(join(box.folder, 'found.png'))).width > 400);
  });

for (const [what, args, message] of [
  ['no image', ['latest'], /^error Expected one run and an image\n/],
  ['what is no PNG', ['latest', '--image', 'aae.yaml'], /^error Expected `aae.yaml` to be a PNG file, got: /],
  [
    'another split',
    ['latest', '--image', 'aae.yaml', '--split', 'nowhere'],
    /Expected --split to be one of train, validation, test/,
  ],
  [
    'another stage',
    ['latest', '--image', 'aae.yaml', '--stage', 'aae'],
    /Expected a stage of `featurize\/encode`, got `aae`\n +There are `codes`\./,
  ],
  [
    'another distance',
    ['latest', '--image', 'aae.yaml', '--distance', 'far'],
    /Expected --distance to be euclidean or cosine, got `far`/,
  ],
] as const)
  test(`${what} is told with exit code 2`, () => {
    const {status, stderr} = box.pipeline('search', ...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  });
