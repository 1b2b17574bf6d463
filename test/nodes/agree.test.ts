// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** Stages of our own node types that do not go together are told apart before anything runs, with the lines both come from. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formatDiagnostics} from '#tfpipe/cli/view/format-diagnostics.js';
import type {TypeIssue} from '#tfpipe/core/node.js';
import {agreeOnRange, unifyDimensions} from '#tfpipe/nodes/agree.js';
import {builtinNodes} from '#tfpipe/nodes/registry.js';
import {loadRecipeText} from '#tfpipe/recipe/load-recipe.js';

const networks = (latent: number | string, discriminator = ''): string => `
    use: train/adversarial-autoencoder
    in: scaled
    with:
      encoder: [flatten, {dense: 8}, {dense: ${JSON.stringify(latent)}}]
      decoder: [{dense: 784}, {reshape: [28, 28, 1]}, sigmoid]
      discriminator: [${discriminator}{dense: 1}, sigmoid]`;
const recipe = (rest: string): string => `name: x
params: {latent: 10}
stages:
  digits: {use: load/mnist}
  scaled: {use: normalise/scale, in: digits}
  centred: {use: normalise/scale, in: digits, with: {to: [-1, 1]}}
  ten: ${networks('${latent}', '{reshape: [10]}, ')}
  three: ${networks(3)}
  codes: {use: featurize/encode, in: {data: scaled, model: three.encoder}}
${rest}`;

async function told(rest: string, set: readonly string[] = []): Promise<string> {
  const {diagnostics} = await loadRecipeText({name: 'x.yaml', text: recipe(rest)}, {set, registry: builtinNodes()});
  return formatDiagnostics(diagnostics.filter(({severity}) => severity === 'error'));
}

test('what goes together is not told of', async () => {
  const rest = `  score: {use: evaluate/autoencoder, in: {data: scaled, encoder: three.encoder, decoder: three.decoder, codes: codes}}
  pairs: {use: visualise/reconstructions, in: {data: scaled, encoder: three.encoder, decoder: three.decoder}}`;
  assert.equal(await told(rest), '');
});

test('a param that breaks another network: both lines', async () => {
  assert.equal(
    await told('', ['latent=16']),
    `x.yaml:13:23 error type-mismatch  Expected the input of \`reshape: [10]\` to have 10 values, got 16 (shape [16])
  13 │       discriminator: [{reshape: [10]}, {dense: 1}, sigmoid]
     │                       ~~~~~~~~~~~~~~~
      the code comes from here: x.yaml:11:38
  11 │       encoder: [flatten, {dense: 8}, {dense: "\${latent}"}]
     │                                      ~~~~~~~~~~~~~~~~~~~~

1 error
`,
  );
});

test('codes of one encoder, the decoder of another: both stages', async () => {
  assert.equal(
    await told('  styles: {use: visualise/style-grid, in: {decoder: ten.decoder, codes: codes}}'),
    `x.yaml:22:73 error type-mismatch  Expected \`codes\` to have 10 dimensions as \`decoder\` takes, got 3
  22 │   styles: {use: visualise/style-grid, in: {decoder: ten.decoder, codes: codes}}
     │                                                                         ~~~~~
      \`decoder\`, from here: x.yaml:7:3
   7 │   ten: 
     │   ~~~
      \`codes\`, from here: x.yaml:21:3
  21 │   codes: {use: featurize/encode, in: {data: scaled, model: three.encoder}}
     │   ~~~~~

1 error
`.replace('ten: \n', 'ten:\n'),
  );
});

test('ranges: pixels in -1..1 for a decoder that ends in 0..1, and for an encoder trained on 0..1', async () => {
  const rest = `  score: {use: evaluate/autoencoder, in: {data: centred, encoder: three.encoder, decoder: three.decoder, codes: codes}}
  other: {use: featurize/encode, in: {data: centred, model: three.encoder}}`;
  const lines = (await told(rest)).split('\n').filter((line) => line.includes(' error '));
  assert.deepEqual(
    lines.map((line) => line.replace(/^.* {2}/, '')),
    [
      'Expected what `decoder` gives to be in the range -1..1, as `images`, got 0..1',
      'Expected `images` to be in the range 0..1, as what `model` takes, got -1..1',
    ],
  );
});

test('dimensions of one name are equal; a rest stands for many; what is not known fits', () => {
  const named = (
    what: string,
    shape: readonly (number | string)[],
    names: readonly string[],
    range?: readonly [number, number],
  ) => ({
    path: ['in', what],
    what,
    tensor: {dtype: 'float32', shape, ...(range && {range})} as const,
    names,
  });
  const issues: TypeIssue[] = [];
  const report = (issue: TypeIssue): void => void issues.push(issue);
  unifyDimensions(
    [
      named('a', [5, 28, 28], ['n', '...image']),
      named('b', ['batch', 28, 28], ['n', '...image']),
      named('c', [6, 28], ['n', '...image']),
      named('d', [5], ['n', 'code']),
      {path: ['in', 'e'], what: 'e', tensor: undefined, names: ['n']},
    ],
    report,
  );
  agreeOnRange(named('a', [], [], [0, 1]), named('b', [], []), report);
  assert.deepEqual(
    issues.map(({message}) => message),
    [
      'Expected the dimension `n` of c to be 5, as of a, got 6',
      'Expected the image of c to be [28, 28], as of a, got [28]',
      'Expected d to have the shape [n, code], got [5]',
    ],
  );
  assert.deepEqual(
    issues[0]?.related?.map(({path}) => path),
    [
      ['in', 'a'],
      ['in', 'c'],
    ],
  );
});

test('what a backend lacks: bfloat16 where nothing is compiled, the gradient of a convolution on wasm', async () => {
  const conv = 'ten.encoder=[{conv2d: {filters: 2, kernel: 3}}, flatten, {dense: 10}]';
  const lines = async (set: readonly string[]): Promise<readonly string[]> =>
    (await told('', set))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes(' error ') || line.includes('chosen'));
  assert.deepEqual(await lines(['backend=cpu', 'ten.precision=bfloat16', conv]), [
    '--set:1:15 error missing-kernel  Expected `precision: float32` on the cpu backend, which compiles no steps, got `bfloat16`',
    'the backend is chosen here: --set:1:9',
  ]);
  assert.deepEqual(await lines(['backend=wasm', conv]), [
    '--set:1:14 error missing-kernel  Expected layers that the wasm backend can train, got `conv2d`: it lacks the kernel of its gradient, Conv2DBackpropFilter',
    'the backend is chosen here: --set:1:9',
  ]);
  assert.deepEqual(await lines(['backend=tensorflow', 'ten.precision=bfloat16', conv]), []);
  assert.deepEqual(await lines(['ten.precision=bfloat16', 'ten.compile=false']), [
    '--set:1:15 error type-mismatch  Expected `precision: float32` where steps are not compiled, got `bfloat16`',
  ]);
});
