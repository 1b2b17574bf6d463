/** A small recipe of plugin stages, one of which can be made to go wrong in every way a process can. Nothing here needs TensorFlow. */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {type Sandbox, sandbox} from '../cli/pipeline.js';

/** What the stage `middle` does before it is done; `COUNT` is a file that has a letter for every time it ran. */
const faults = {
  none: '',
  // only the first time
  killed: "if (readFileSync('COUNT', 'utf8').split('m').length < 3) process.kill(process.pid, 'SIGKILL');",
  exit: 'process.exit(0);',
  throw: "throw new TypeError('out of eggs');",
  heap: 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length));',
  hang: 'for (;;);',
  // only the first time
  stuck: "if (readFileSync('COUNT', 'utf8').split('m').length < 3) for (;;);",
  slow: 'await new Promise((yes) => setTimeout(yes, 1000));',
  // until a file GO is there
  held: "while (!existsSync('GO')) await new Promise((yes) => setTimeout(yes, 20));",
  wait: 'await new Promise((_, no) => { const t = setInterval(() => { if (signal.aborted) { clearInterval(t); no(new Interrupted("stopped")); } }, 20); });',
  shout:
    "const line = 'x'.repeat(1 << 20); for (let n = 0; n < 1024; n++) if (!process.stdout.write(line)) await once(process.stdout, 'drain');",
} as const;

export type Fault = keyof typeof faults;

const plugin = `import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {once} from 'node:events';
import {defineNode, Interrupted, Type} from 'tfpipe';
export const node = defineNode({
  type: 'test/word', summary: 'A word.', example: 's: {use: ./word.ts}', usesTensors: false,
  params: Type.Object({word: Type.String(), fault: Type.Optional(Type.String())}),
  inputs: {data: {kind: 'table', description: 'Words before.', optional: true}},
  prepare: (params) => params,
  outputs: () => ({words: {kind: 'table', columns: ['word']} as const}),
  run: async ({prepared: {word, fault}, inputs, context: {signal}}) => {
    appendFileSync('COUNT', word[0]);
    switch (fault) {
      ${Object.entries(faults)
        .map(([name, code]) => `case '${name}': { ${code} break; }`)
        .join('\n      ')}
    }
    return {words: {kind: 'table', columns: {word: [...(inputs.data?.columns.word ?? []), word]}}};
  },
});
`;

/** `first` → `middle` (with the fault) → `last`, and `beside`, which has nothing to do with them. */
export const recipe = (fault: Fault, run = '{}'): string => `name: faulty
stages:
  first: {use: ./word.ts, with: {word: first}}
  middle: {use: ./word.ts, in: first, with: {word: middle, fault: ${fault}}, run: ${run}}
  last: {use: ./word.ts, in: middle, with: {word: last}}
  beside: {use: ./word.ts, in: first, with: {word: beside}}
`;

/** A sandbox with the plugin; `faulty.yaml` is written by `recipe`. */
export function faultySandbox(environment: Readonly<Record<string, string>> = {}): Sandbox {
  const box = sandbox(environment);
  box.write('word.ts', plugin);
  return box;
}

/** How often each stage ran: `fmlb` for each of the four once, in some order. */
export const computed = (box: Sandbox): string => {
  const path = join(box.folder, 'COUNT');
  return existsSync(path) ? [...readFileSync(path, 'utf8')].sort().join('') : '';
};

export interface Started {
  readonly process: ChildProcess;
  /** Everything it wrote so far. */
  readonly output: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** Starts `pipeline` without waiting for its end. */
export function start(box: Sandbox, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Started {
  const {MLFLOW_TRACKING_URI: _uri, ...inherited} = process.env;
  const child = spawn(process.execPath, [resolve('bin', 'pipeline.js'), ...args], {
    cwd: box.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...inherited, NO_COLOR: '1', ...environment},
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | string | null>((done) => child.once('close', (code, signal) => done(code ?? signal)));
  return {process: child, output: () => output, ended};
}

/** Waits until something holds; fails after a minute, which is no measure of anything. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 60_000) throw new Error(`waited in vain for ${what}`);
    await wait(20);
  }
}

/** Parent and state of a process, from /proc (proc(5)); a zombie has ended, only its parent has not asked yet. */
function statusOf(pid: number): {readonly parent: number; readonly alive: boolean} | undefined {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return {parent: Number(parent), alive: state !== 'Z'};
  } catch {
    return undefined;
  }
}

export const isAlive = (pid: number): boolean => statusOf(pid)?.alive === true;

/** Workers of a run. */
export const childrenOf = (pid: number | undefined): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statusOf(child)?.parent === pid);
