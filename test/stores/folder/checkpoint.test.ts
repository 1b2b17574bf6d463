import assert from 'node:assert/strict';
import {test} from 'node:test';
import {sealCheckpoint, unsealCheckpoint} from '#tfpipe/stores/folder/checkpoint.js';

const bytes = Uint8Array.from({length: 64}, (_, index) => index);
const file = new Uint8Array(Buffer.concat(sealCheckpoint(bytes).map((part) => Buffer.from(part))));

test('a checkpoint reads back whole, as a view that keeps 8-byte alignment', () => {
  const content = unsealCheckpoint(file);
  assert.deepEqual(content, bytes);
  assert.equal(content?.buffer, file.buffer);
  assert.equal((content?.byteOffset ?? 1) % 8, 0);
});

test('sealing does not copy', () => {
  assert.equal(sealCheckpoint(bytes)[1], bytes);
});

test('an empty checkpoint is a checkpoint', () => {
  const empty = Buffer.from(sealCheckpoint(new Uint8Array(0))[0]);
  assert.deepEqual(Buffer.from(unsealCheckpoint(empty) ?? [1]), Buffer.alloc(0));
});

test('a changed byte anywhere, or a missing end, makes it none', () => {
  for (let index = 0; index < file.length; index++) {
    const changed = Uint8Array.from(file);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.equal(unsealCheckpoint(changed), undefined, `byte ${index}`);
    assert.equal(unsealCheckpoint(file.subarray(0, index)), undefined, `first ${index} bytes`);
  }
});
