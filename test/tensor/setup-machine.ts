import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join, resolve} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {pathToFileURL} from 'node:url';

/** Where a tool of this machine is. */
export function real(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, tool)).find(existsSync);
  if (found === undefined) throw new Error(`Expected \`${tool}\` on PATH, got none`);
  return found;
}

/** Runs a real tool with this machine's PATH. */
const delegate = (tool: string): string => `PATH='${process.env['PATH']}'; export PATH; exec '${real(tool)}'`;

/** Shell scripts for a machine's PATH; `$ROOT` is its folder. */
export const scripts = {
  /** The real Python, whose pip gives the stand-in wheel instead of the one it is asked for. */
  python: `
    case "$*" in
      *'-m pip --version'*) exit 0;;
      *'-m pip download'*)
        echo called >> "$ROOT/pip-calls"
        [ -e "$ROOT/pause-download" ] && { echo $$ > "$ROOT/paused"; exec sleep 60; }
        while [ "$1" != --dest ]; do shift; done
        cp "$ROOT"/*.whl "$2/"
        exit 0;;
    esac
    ${delegate('python3')} "$@"`,
  realPython: `${delegate('python3')} "$@"`,
  noPip: `echo "$0: No module named pip" >&2; exit 1`,
  /** The real compiler, building an addon that loads instead of tfjs's, which would need the real TensorFlow. */
  compiler: `
    [ "$1" = --version ] && exit 0
    [ -e "$ROOT/pause-build" ] && { echo $$ > "$ROOT/paused"; exec sleep 60; }
    while [ "$1" != -o ]; do shift; done
    ${delegate('cc')} -shared -fPIC "$ROOT/addon.c" -o "$2"`,
} as const;

/** The stand-in wheel: what is kept of the real one, and some of what is not. */
const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for name in ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2',
                 'tensorflow/include/tensorflow/c/c_api.h', 'tensorflow/include/Eigen/Core', 'tensorflow/python/client/session.py',
                 'nvidia/cuda_runtime/lib/libcudart.so.12', 'nvidia/cuda_runtime/lib/libculibos.a',
                 'nvidia/cuda_nvcc/bin/ptxas', 'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc', '../outside.so']:
        wheel.writestr(name, name * 100)
`;

/**
 * A machine as the set-up sees it: a PATH with just these tools, an empty user cache, and a checkout with a node_modules of its own, so
 * that the addon which this very checkout uses stays linked.
 */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), 'tfpipe-setup-'));
  readonly cache = join(this.root, 'cache', 'tfpipe');
  readonly addonPackage = join(this.root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  readonly link = join(this.addonPackage, 'lib', 'napi-v8', 'tfjs_binding.node');
  readonly #bin = join(this.root, 'bin');
  readonly #children: ChildProcess[] = [];

  constructor(tools: Readonly<Record<string, string>>) {
    for (const folder of [this.#bin, join(this.root, 'cache'), this.addonPackage]) mkdirSync(folder, {recursive: true});
    for (const name of ['sh', 'sleep', 'cp']) symlinkSync(real(name), join(this.#bin, name));
    this.install(tools);
    for (const name of ['tensor/setup', 'util']) cpSync(join('dist', name), join(this.root, 'dist', name), {recursive: true});
    writeFileSync(join(this.root, 'package.json'), '{"type": "module"}');
    const original = resolve('node_modules/@tensorflow/tfjs-node-gpu');
    for (const name of ['package.json', 'binding', 'scripts'])
      cpSync(join(original, name), join(this.addonPackage, name), {recursive: true});
    symlinkSync(resolve('node_modules/node-api-headers'), join(this.root, 'node_modules', 'node-api-headers'));
    writeFileSync(join(this.root, 'addon.c'), 'void *napi_register_module_v1(void *env, void *exports) { return exports; }\n');
    spawnSync(real('python3'), ['-c', makeWheel, join(this.root, 'tensorflow-2.21.0.whl')]);
  }

  /** Puts tools on its PATH. */
  install(tools: Readonly<Record<string, string>>): void {
    for (const [name, script] of Object.entries(tools)) {
      writeFileSync(join(this.#bin, name), `#!/bin/sh\nROOT='${this.root}'\n${script}\n`);
      chmodSync(join(this.#bin, name), 0o755);
    }
  }

  remove(name: string): void {
    rmSync(join(this.root, name), {force: true});
  }

  touch(name: string): void {
    writeFileSync(join(this.root, name), '');
  }

  /** A set-up that runs to its end. */
  prepare(options: {readonly force?: boolean; readonly environment?: Readonly<Record<string, string>>} = {}) {
    const result = spawnSync(process.execPath, this.#script(options.force === true), {
      encoding: 'utf8',
      env: this.#environment(options.environment),
    });
    return {result: JSON.parse(result.stdout || '{}') as Readonly<Record<string, string>>, progress: result.stderr};
  }

  /** A set-up in progress. */
  start() {
    const child = spawn(process.execPath, this.#script(false), {
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let [progress, output] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<{readonly progress: string; readonly output: string}>((done) =>
      child.once('close', () => done({progress, output})),
    );
    const reached = (phase: string): Promise<void> =>
      new Promise((done) => {
        child.stderr.on('data', () => progress.includes(`${phase}:`) && done());
        void ended.then(() => done());
      });
    child.stderr.on('data', (chunk: Buffer) => (progress += chunk.toString()));
    return {child, ended, reached};
  }

  /** What `locateTensorflow` finds. */
  locate(): Readonly<Record<string, string>> {
    const script = `
      const {locateTensorflow} = await import('${this.#module('locate')}');
      process.stdout.write(JSON.stringify(await locateTensorflow({cpu: true})));`;
    const {stdout} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: this.#environment(),
      encoding: 'utf8',
    });
    return JSON.parse(stdout) as Readonly<Record<string, string>>;
  }

  /** Folder of the prepared TensorFlow, if any. */
  get home(): string | undefined {
    const name = existsSync(this.cache)
      ? readdirSync(this.cache).find((each) => /^tensorflow-[^.]*\.[^.]*\.[^.]*$/.test(each))
      : undefined;
    return name && join(this.cache, name);
  }

  /** How often pip was asked. */
  get downloads(): number {
    const calls = join(this.root, 'pip-calls');
    return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n').length : 0;
  }

  /** Resolves when a tool pauses, to its process number. */
  async paused(): Promise<number> {
    const file = join(this.root, 'paused');
    const read = () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
    while (read() === 0) await setTimeout(5);
    return read();
  }

  /** Ends the tool that pauses, as soon as it does. */
  async endPaused(): Promise<void> {
    process.kill(await this.paused(), 'SIGKILL');
    this.remove('paused');
  }

  dispose(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.root, {recursive: true, force: true});
  }

  #module(name: string): string {
    return pathToFileURL(join(this.root, 'dist', 'tensor', 'setup', `${name}.js`)).href;
  }

  #script(force: boolean): string[] {
    const script = `
      const {prepareTensorflow} = await import('${this.#module('prepare')}');
      const onProgress = ({phase, text}) => process.stderr.write(phase + ': ' + text + '\\n');
      process.stdout.write(JSON.stringify(await prepareTensorflow({cpu: true, force: ${force}, onProgress})));`;
    return ['--input-type=module', '-e', script];
  }

  #environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {PATH: this.#bin, HOME: this.root, XDG_CACHE_HOME: join(this.root, 'cache'), ...more};
  }
}
