/** Every event of real runs is what schemas/events.schema.json says, and nothing besides. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv} from 'ajv';
import {eventSchemas} from '#tfpipe/core/events.js';
import {eventLine, readJournal} from '#tfpipe/history/journal.js';
import {sandbox, smallRecipe} from '../cli/pipeline.js';

const box = sandbox();

const schema = JSON.parse(readFileSync('schemas/events.schema.json', 'utf8')) as object;
const open = new Ajv({strict: false}).compile(schema);
/** The same with no room for a field that it does not name. */
const closed = new Ajv({strict: false}).compile(
  JSON.parse(
    JSON.stringify(schema, (_, value: unknown) =>
      typeof value === 'object' && value !== null && 'properties' in value ? {...value, additionalProperties: false} : value,
    ),
  ) as object,
);

const seen = new Set<unknown>();
/** Types of the events, each held to the schema. */
function hold(lines: string): readonly string[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const event = JSON.parse(line) as {type: string};
      assert(open(event), `${line.slice(0, 300)}\n${JSON.stringify(open.errors)}`);
      assert(closed(event), `${line.slice(0, 300)}\n${JSON.stringify(closed.errors)}`);
      seen.add(event.type);
      return event.type;
    });
}

const failing = `name: failing
stages:
  digits: {use: load/mnist, with: {limit: 50}}
  bad: {use: ./bad.ts, in: digits}
  scaled: {use: normalise/scale, in: bad}
`;
const bad = `import {defineNode, Type} from 'tfpipe';
export const node = defineNode({type: 'acme/bad', summary: 'Fails.', example: '', params: Type.Object({}),
  inputs: {data: {kind: 'dataset', description: 'Any.'}}, usesTensors: false, prepare: (_, inputs) => inputs.data, outputs: (data) => ({data}),
  run: async () => { throw new RangeError('no such thing'); }});
`;

test('a run that trains, one that takes all from the cache, one whose check fails, and one whose stage fails', () => {
  box.write('small.yaml', `${smallRecipe()}checks: [score.nearestNeighbourAccuracy > 2]\n`);
  for (const ending of ['stage-finished', 'stage-cached']) {
    const {status, stdout} = box.pipeline('run', 'small.yaml', '--json', '--until', 'curves');
    assert.equal(status, 0);
    const types = hold(stdout);
    assert.equal(types[0], 'run-started');
    assert(types.includes(ending));
    assert.equal(types.at(-1), 'run-finished');
    hold(readFileSync(join(box.folder, 'runs/latest/events.ndjson'), 'utf8'));
  }
  const checked = box.pipeline('run', 'small.yaml', '--json', '--until', 'score');
  assert.equal(checked.status, 3, checked.stderr);
  hold(checked.stdout);
  box.write('bad.ts', bad);
  box.write('failing.yaml', failing);
  const failed = box.pipeline('run', 'failing.yaml', '--json');
  assert.equal(failed.status, 1);
  hold(failed.stdout);
  for (const type of ['stage-progress', 'stage-metrics', 'stage-failed', 'stage-skipped', 'check-failed'])
    assert(seen.has(type), `no ${type} was seen`);
});

test('a figure that is not finite is written as the schema says, and read back', async () => {
  const event = {type: 'stage-metrics', time: 1, stage: 'aae', step: 1, values: {loss: Number.NaN, rate: 1}} as const;
  const line = eventLine(event);
  hold(line);
  box.write('journal.ndjson', line);
  assert.deepEqual(await readJournal(join(box.folder, 'journal.ndjson')), [event]);
});

test('what is no event is refused', () => {
  for (const wrong of [{type: 'stage-log', time: 1, stage: 'a'}, {type: 'unheard-of', time: 1}, {time: 1}, []])
    assert.equal(open(wrong), false);
});

test('docs/events.md has a section for every event', () => {
  const page = readFileSync('docs/events.md', 'utf8');
  assert.equal(eventSchemas.length, 13);
  for (const {title} of eventSchemas) assert(page.includes(`\n## \`${title}\`\n`), title);
});

test('a stage that fails ends with what to do next: the log, `why`, `resume`', () => {
  const {stdout, stderr} = box.pipeline('run', 'failing.yaml');
  assert.match(stderr, /threw RangeError: no such thing/);
  assert.match(stdout, /\nlog {5}runs\/\S+\/events\.ndjson .*\nnext {4}pipeline why bad .*\n {8}pipeline resume .*\n$/);
  assert.match(box.pipeline('why', 'bad').stdout, /^bad would run: /);
  const quiet = box.pipeline('run', 'failing.yaml', '--quiet');
  assert.equal(quiet.stdout, '');
  assert.match(quiet.stderr, /no such thing[\s\S]*next {4}pipeline why bad/);
  const verbose = box.pipeline('run', 'failing.yaml', '-v');
  assert.match(verbose.stdout, / {2}data {2}dataset, .* [0-9a-f]{64}\n/);
  assert.match(verbose.stdout, /at run .*bad\.ts|RangeError: no such thing\n.* at /);
  assert.match(box.pipeline('run', 'failing.yaml', '-q', '-v').stderr, /Expected --quiet or --verbose, got both/);
});
