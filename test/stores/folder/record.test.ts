import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import {formatRecord, parseRecord} from '#tfpipe/stores/folder/record.js';
import {recordOf} from '../../helpers/record-of.js';

const key = digestBytes('key');
const record = {
  ...recordOf(key, [{digest: digestBytes('blob'), bytes: 4}]),
  metrics: [{step: 1, time: 2, values: {'rückwärts/loss': 0.1, __proto__: 1}}],
};
const text = formatRecord(record);

test('a record reads back as it was, and its text is JSON', () => {
  assert.deepEqual(parseRecord(text, key), {record});
  assert.deepEqual((JSON.parse(text) as {record: unknown}).record, record);
});

test('a change of any single character is found', () => {
  for (let index = 0; index < text.length; index++) {
    const other = text[index] === '7' ? '8' : '7';
    const changed = text.slice(0, index) + other + text.slice(index + 1);
    assert.ok('fault' in parseRecord(changed, key), `character ${index}: ${text.slice(index - 5, index + 5)}`);
  }
});

test('a record that is cut off anywhere, or goes on after its end, is found', () => {
  for (let length = 0; length < text.length; length++) assert.ok('fault' in parseRecord(text.slice(0, length), key));
  assert.ok('fault' in parseRecord(`${text} `, key));
});

test('a whole record of another key, format or shape is a fault of its own', () => {
  assert.deepEqual(parseRecord(text, digestBytes('other')), {fault: 'its record belongs to another key'});
  const newer = formatRecord({...record, format: 2} as unknown as typeof record);
  assert.deepEqual(parseRecord(newer, key), {fault: 'its record has another format'});
  const odd = formatRecord({...record, outputs: {out: {files: [null]}}} as unknown as typeof record);
  assert.deepEqual(parseRecord(odd, key), {fault: 'its record was not whole'});
});
