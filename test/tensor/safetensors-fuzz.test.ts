import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import fc from 'fast-check';
import {testPython} from '#scripts/test-venv.js';
import {type HostTensor, hostTensor} from '#tfpipe/core/host-tensor.js';
import {decodeSafetensors, encodeSafetensors} from '#tfpipe/tensor/safetensors.js';

const scratch = await mkdtemp(join(tmpdir(), 'tfpipe-safetensors-fuzz-'));
after(() => rm(scratch, {recursive: true, force: true}));

async function encode(tensors: Record<string, HostTensor>, metadata?: Record<string, string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors(tensors, metadata)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

const fileOf = (json: string, dataBytes: number): Uint8Array => {
  const header = Buffer.from(json);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([length, header, Buffer.alloc(dataBytes)]));
};

const u8 = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
const broken: readonly [what: string, file: Uint8Array, message: RegExp][] = [
  ['a name that stands twice', fileOf(`{"a":${u8},"a":${u8}}`, 1), /has `a` twice/],
  ['a name that stands twice in another spelling', fileOf(`{"a":${u8},"\\u0061":${u8}}`, 1), /has `a` twice/],
  ['a key that stands twice in an entry', fileOf(`{"a":{"dtype":"U8",${u8.slice(1)}}`, 1), /has `dtype` twice/],
  ['an entry that is null', fileOf('{"a":null}', 0), /`a` is not described by an object/],
  ['an entry that is a list', fileOf('{"a":[]}', 0), /`a` is not described by an object/],
  [
    'offsets that are no numbers',
    fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":"01"}}', 1),
    /should stand at bytes 0 to 1/,
  ],
  ['no offsets', fileOf('{"a":{"dtype":"U8","shape":[1]}}', 1), /should stand at bytes 0 to 1/],
  ['a size beyond all memory', fileOf(`{"a":${u8.replace('[1]', '[9007199254740991,9007199254740991]')}}`, 1), /should stand/],
  ['metadata that is no mapping', fileOf('{"__metadata__":3}', 0), /`__metadata__` is not a mapping of texts/],
  ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}', 0), /`__metadata__` is not a mapping of texts/],
  ['a header that is no UTF-8', Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff]), /not a JSON object/],
];
for (const [what, file, message] of broken) {
  test(`${what} is refused in one sentence`, () => {
    assert.throws(() => decodeSafetensors(file), message);
  });
}

test('braces, colons and quotes inside names confuse nobody', async () => {
  const names = ['{"a":1}', '"', '\\', '\\":', 'a', '{', '}', '0', '10', 'ä\u2028', '__proto__', 'constructor'];
  const tensors = Object.fromEntries(names.map((name, index) => [name, hostTensor('uint8', [1], Uint8Array.of(index))]));
  assert.deepEqual({...decodeSafetensors(await encode(tensors)).tensors}, {...tensors});
});

test('the chunks of a file are the tensors’ own memory', async () => {
  const data = new Float32Array(1000);
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeSafetensors({view: hostTensor('float32', [10], data.subarray(5, 15))})) chunks.push(chunk);
  assert.equal(chunks[1]?.buffer, data.buffer);
  assert.deepEqual([chunks[1]?.byteOffset, chunks[1]?.length], [20, 40]);
});

test('metadata in another order gives the same bytes', async () => {
  assert.deepEqual(await encode({}, {a: '1', b: '2'}), await encode({}, {b: '2', a: '1'}));
});

const tensor = fc
  .tuple(fc.constantFrom('float32', 'int32', 'uint8'), fc.array(fc.nat(3), {maxLength: 3}), fc.infiniteStream(fc.integer()))
  .map(([dtype, shape, values]): HostTensor => {
    const Type = {float32: Float32Array, int32: Int32Array, uint8: Uint8Array}[dtype];
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return hostTensor(dtype, shape, Type.from([...values.take(size)]));
  });
const tensors = fc.dictionary(
  fc.string({unit: 'binary'}).filter((name) => name !== '__metadata__'),
  tensor,
  {maxKeys: 5},
);

test('whatever the tensors, they read back as they were', async () => {
  await fc.assert(
    fc.asyncProperty(tensors, async (written) => {
      const {tensors: read} = decodeSafetensors(await encode(written));
      assert.deepEqual({...read}, {...written});
    }),
    {seed: 1, numRuns: 200},
  );
});

/** A whole file with some bytes changed, mostly in its header, and perhaps cut. */
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(400), fc.constantFrom(...'0123456789{}[]":,U8FI32 \n\0ÿ')), {minLength: 1, maxLength: 3}),
    fc.option(fc.nat(400)),
  )
  .map(([changes, cut]) => ({changes, cut}));

test('a damaged file is read as something or refused in one sentence, and never read where PyPI’s safetensors refuses it', async () => {
  const example = {
    labels: hostTensor('uint8', [3], Uint8Array.of(1, 2, 255)),
    codes: hostTensor('float32', [2, 2], new Float32Array(4)),
    steps: hostTensor('int32', [1], Int32Array.of(-7)),
  };
  const whole = await encode(example, {epoch: '3'});
  const files = fc.sample(damaged, {seed: 1, numRuns: 2000}).map(({changes, cut}) => {
    const file = Buffer.from(whole);
    for (const [place, character] of changes) file[place % file.length] = character.charCodeAt(0);
    return file.subarray(0, cut ?? file.length);
  });
  const accepted = files.map((file) => {
    try {
      decodeSafetensors(new Uint8Array(file));
      return true;
    } catch (error) {
      assert.match((error as Error).message, /^Expected a safetensors file, but /);
      return false;
    }
  });
  const list = join(scratch, 'files.json');
  await writeFile(list, JSON.stringify(files.map((file) => file.toString('base64'))));
  const theirs = JSON.parse(
    execFileSync(testPython(), ['test/reference/safetensors_accepts.py', list], {encoding: 'utf8', maxBuffer: 1 << 24}),
  ) as boolean[];
  for (const [index, ours] of accepted.entries())
    if (ours) assert.ok(theirs[index], `only we accept ${JSON.stringify(files[index]?.toString('latin1'))}`);
  const both = accepted.filter(Boolean).length;
  assert.ok(both > 50 && both < 1500, `${both} of 2000 were accepted`);
});
