// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of recipes look like templates
/** Completions: what is offered, and that bash, zsh and fish offer it, each where it is installed. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {symlinkSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {before, test} from 'node:test';
import {lacks} from '#scripts/test-tools.js';
import {answer} from '#tfpipe/cli/completion/complete.js';
import {verbs} from '#tfpipe/main.js';
import {sandbox} from '../pipeline.js';
import {openTerminal} from '../tmux.js';

const box = sandbox();
const launcher = resolve('bin/pipeline.js');
before(() => {
  box.write('base.yaml', 'name: base\nparams: {depth: 3}\nstages: {digits: {use: load/mnist, with: {limit: 60}}}\n');
  box.write(
    'recipes/small.yaml',
    `extends: ../base.yaml
name: small
params: {high: 1}
stages:
  scaled:
    foreach: {low: [0, -1]}
    use: normalise/scale
    in: digits
    with: {to: ['\${low}', '\${high}']}
`,
  );
  const {status, stderr} = box.pipeline('run', 'recipes/small.yaml', '--quiet');
  assert.equal(status, 0, stderr);
  process.chdir(box.folder);
});

/** Words that are offered for a line up to the cursor. */
async function offered(line: string): Promise<readonly string[]> {
  const [mode = '', ...words] = (await answer(verbs, ['--line', `npx pipeline ${line}`])).trimEnd().split('\n');
  return mode.startsWith('words') ? words.map((word) => word.split('\t')[0] ?? '') : [mode.split('\t')[0] ?? ''];
}

for (const [line, words] of [
  ['re', ['resume', 'resolve', 'reproduce']],
  ['run rec', ['recipes/']],
  ['run recipes/', ['recipes/small.yaml']],
  ['run recipes/small.yaml --unt', ['--until']],
  ['run recipes/small.yaml --until ', ['digits', 'scaled@low=0', 'scaled@low=-1']],
  ['run recipes/small.yaml --until=dig', ['--until=digits']],
  ['run recipes/small.yaml --set ', ['depth=', 'high=']],
  ['run recipes/small.yaml --set digits.', ['digits.limit=']],
  ['run recipes/small.yaml --set high=', ['high=1']],
  ["run 'recipes/s", ['recipes/small.yaml']],
  ['run recipes/small.yaml --store ', ['folders']],
  ['run recipes/small.yaml --params ', ['files']],
  ['why sc', ['scaled@low=0', 'scaled@low=-1']],
  ['verify --rerun d', ['digits']],
  ['peek dig', ['digits']],
  ['resume lat', ['latest']],
  ['runs --status f', ['failed']],
  ['runs --sort h', ['high']],
  ['runs --recipe ', ['small']],
  ['graph recipes/small.yaml --format ', ['terminal', 'mermaid', 'svg']],
  ['nodes normalise/', ['normalise/scale', 'normalise/standardise']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['cache ', ['verify']],
  ['help su', []],
  ['nonsense ', []],
  ['run missing.yaml --only ', []],
] as const)
  test(`completion: ${line}`, async () => {
    assert.deepEqual(await offered(line), [...words]);
  });

test('completion: every run, newest first', async () => {
  const runs = await offered('diff ');
  assert.equal(runs[0], 'latest');
  assert.match(runs[1] ?? '', /^\d{8}-\d{6}-small$/);
});

test('completion: every verb and each of its options is offered; each has examples in its help, of options that there are', async () => {
  assert.deepEqual((await offered('')).slice(0, -1), Object.keys(verbs));
  for (const [verb, {load}] of Object.entries(verbs)) {
    const {command} = await load();
    const options = [...Object.keys(command.options), 'help'].map((name) => `--${name}`);
    assert.deepEqual(await offered(`${verb} --`), options);
    assert(command.examples.length > 0, verb);
    for (const example of command.examples) {
      assert(example.startsWith(`pipeline ${verb}`), example);
      for (const [option] of example.matchAll(/(?<= )--[\w-]+/g)) assert(options.includes(option), example);
    }
  }
});

test('completion: no TensorFlow is loaded, and the answer takes at most as long again as three starts of Node', {
  timeout: 60_000,
}, () => {
  const guard = box.write(
    'guard.cjs',
    "process.dlopen = () => process.exit(99);\nconst {_load} = require('module');\nrequire('module')._load = (name, ...rest) => name.startsWith('@tensorflow') ? process.exit(98) : _load(name, ...rest);\n",
  );
  const milliseconds = (...args: string[]): number => {
    const began = performance.now();
    const {status, stderr} = spawnSync(process.execPath, args, {cwd: box.folder, encoding: 'utf8'});
    assert.equal(status, 0, stderr);
    return performance.now() - began;
  };
  const ask = [launcher, '__complete', 'run', 'recipes/small.yaml', '--only', ''];
  milliseconds('--require', `./${guard}`, ...ask);
  // the fastest of each; other tests want the same processors
  let [node, ours] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < 7 || (attempt < 30 && ours > 4 * node); attempt++) {
    node = Math.min(node, milliseconds('-e', '0'));
    ours = Math.min(ours, milliseconds(...ask));
  }
  assert(ours <= 4 * node, `${ours} ms, where Node alone takes ${node} ms`);
});

const typed = [
  ['pipeline reso', 'pipeline resolve '],
  ['pipeline run recipes/sm', 'pipeline run recipes/small.yaml '],
  ['npx pipeline run recipes/small.yaml --until dig', 'npx pipeline run recipes/small.yaml --until digits '],
  ['pipeline run recipes/small.yaml --set de', 'pipeline run recipes/small.yaml --set depth='],
  ['pipeline run recipes/small.yaml --set depth=', 'pipeline run recipes/small.yaml --set depth=3 '],
  ['pipeline run recipes/small.yaml --only scaled@low=-', 'pipeline run recipes/small.yaml --only scaled@low=-1 '],
] as const;

for (const [shell, start] of [
  ['bash', 'bash --norc'],
  ['zsh', 'zsh -f'],
] as const)
  test(`completion in ${shell}: what Tab makes of a line`, {skip: lacks('tmux', shell), timeout: 120_000}, async () => {
    const terminal = openTerminal(box.folder, start, {PS1: '$ '});
    const script = `source <(node ${launcher} completion ${shell})`;
    terminal.tmux('send-keys', shell === 'zsh' ? `PS1='$ '; autoload -Uz compinit; compinit -u -D; ${script}` : script, 'Enter');
    try {
      for (const [line, made] of typed) {
        terminal.tmux('send-keys', 'C-u', 'C-l');
        terminal.tmux('send-keys', '-l', line);
        terminal.tmux('send-keys', 'Tab');
        // a letter marks where the cursor is
        terminal.tmux('send-keys', '-l', 'X');
        await terminal.shows(new RegExp(`[$#] ${made.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}X`));
      }
    } finally {
      terminal.close();
    }
  });

test('completion in fish: what it offers for a line', {skip: lacks('fish')}, () => {
  symlinkSync(launcher, join(box.folder, 'pipeline'));
  const fish = (line: string): readonly string[] => {
    const script = `node ${launcher} completion fish | source; complete -C '${line}'`;
    const {stdout} = spawnSync('fish', ['--no-config', '-c', script], {cwd: box.folder, encoding: 'utf8'});
    return stdout.trimEnd().split('\n');
  };
  for (const [line, made] of typed) {
    const whole = made.trimEnd().split(' ').at(-1);
    assert(
      fish(line).some((offer) => offer.split('\t')[0] === whole),
      `${line}: ${fish(line).join(' ')}`,
    );
  }
  assert.match(fish('pipeline run recipes/small.yaml --unt')[0] ?? '', /^--until\trun this stage and what it needs/);
});
