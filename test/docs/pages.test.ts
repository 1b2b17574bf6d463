/**
 * Every command in README.md and docs/ runs, in the order of its page, in a folder that holds the page's files and `pipelines/`: those of `sh`
 * blocks must succeed, those of `console` blocks print what the page shows. What is exempt says why on the page, and is listed as skipped.
 */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {after, test} from 'node:test';
import {sandbox} from '../cli/pipeline.js';
import {lasting, readPage} from './page.js';

const pages = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** `npx pipeline` and `pipeline` are ours, without npm in between. */
const shims = mkdtempSync(join(tmpdir(), 'tfpipe-shims-'));
const ours = `"${process.execPath}" "${resolve('bin/pipeline.js')}" "$@"`;
for (const [name, script] of [
  ['pipeline', `exec ${ours}`],
  ['npx', `[ "$1" = pipeline ] || { echo "no npx $1 here" >&2; exit 1; }\nshift\nexec ${ours}`],
] as const) {
  writeFileSync(join(shims, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(shims, name), 0o755);
}
after(() => rmSync(shims, {recursive: true, force: true}));

const {MLFLOW_TRACKING_URI: _, TFPIPE_STORE: __, FORCE_COLOR: ___, ...inherited} = process.env;
const environment = {...inherited, NO_COLOR: '1', PATH: `${shims}:${process.env['PATH']}`};

for (const page of pages) {
  const blocks = readPage(page);
  for (const block of blocks)
    if (block.kind === 'exempt')
      for (const command of block.commands) test(`${page}: ${command}`, {skip: block.why}, () => undefined);

  const commands = blocks.filter(({kind}) => kind === 'command');
  if (commands.length === 0) continue;
  test(`${page}: ${commands.length} commands, and what they print`, () => {
    const box = sandbox();
    symlinkSync(resolve('pipelines'), join(box.folder, 'pipelines'));
    try {
      for (const block of blocks) {
        if (block.kind === 'file') box.write(block.name, block.text);
        if (block.kind !== 'command') continue;
        const {command} = block;
        const {status, stdout, stderr} = spawnSync('bash', ['-c', command], {
          cwd: box.folder,
          env: environment,
          encoding: 'utf8',
        });
        if (block.shown === undefined) assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
        else assert.equal(lasting(stdout + stderr), lasting(block.shown), command);
      }
    } finally {
      rmSync(box.folder, {recursive: true, force: true});
    }
  });
}

test('docs/README.md leads to every page of the folder', () => {
  const index = readFileSync('docs/README.md', 'utf8');
  for (const page of readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md'))
    assert(index.includes(`(${page})`), page);
  assert(index.includes('(nodes/README.md)'));
});

test('links between the pages, to files and to headings, lead somewhere', () => {
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-');
  for (const page of [...pages, 'CONTRIBUTING.md']) {
    const text = readFileSync(page, 'utf8');
    for (const [, link = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', heading] = link.split('#');
      const target = path === '' ? page : join(page, '..', path);
      const found = spawnSync('test', ['-e', target]).status === 0;
      assert(found, `${page} links to ${link}`);
      if (heading === undefined) continue;
      const anchors = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, each = '']) => anchor(each));
      assert(anchors.includes(heading), `${page} links to ${link}`);
    }
  }
});
