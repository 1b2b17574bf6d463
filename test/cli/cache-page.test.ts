/** docs/cache.md by the letter: its recipe, its commands in their order, and what they print. */
import assert from 'node:assert/strict';
import {readFileSync, rmSync} from 'node:fs';
import {after, test} from 'node:test';
import {sandbox} from './pipeline.js';

const page = readFileSync('docs/cache.md', 'utf8');
const box = sandbox();
after(() => rmSync(box.folder, {recursive: true, force: true}));

/** Without what is another each time: names of runs, dates, durations, digests, and the widths of columns that follow from them. */
const lasting = (text: string): string =>
  text
    .replace(/\b\d{8}-\d{6}-prep(-\d+)?/g, 'RUN')
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replace(/\b(\d+ min \d\d s|[\d.]+ m?s)\b/g, 'TIME')
    .replace(/\b[0-9a-f]{12}\b/g, 'KEY')
    .replace(/ +/g, ' ')
    .trim();

/** Words of a command line; double quotes keep some together. */
const words = (line: string): string[] => [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);

test('cache page: every command prints what the page shows', () => {
  const [, recipe = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
  box.write('prep.yaml', recipe);
  const shown = [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split(/^\$ npx pipeline /m).slice(1),
  );
  assert(shown.length >= 15);
  for (const each of shown) {
    const end = each.indexOf('\n');
    const {stdout, stderr} = box.pipeline(...words(each.slice(0, end)));
    assert.equal(lasting(stdout + stderr), lasting(each.slice(end)), each.slice(0, end));
  }
});
