import {fileURLToPath} from 'node:url';
import type {Finding} from '../../core/finding.js';
import {capture} from '../../util/capture.js';
import {formatSeconds} from '../../util/format.js';
import {compiler} from './addon.js';
import {type Located, tensorflowEnvironment} from './locate.js';
import {missingTool} from './missing-tool.js';

/** TensorFlow, the tools that its set-up needs, and the backend that `backend: auto` comes to. */
export async function findings(located: Located): Promise<readonly Finding[]> {
  const [library, needed] = await Promise.all([tensorflow(located), tools()]);
  return [library, ...needed, backend(library, needed)];
}

/** Really loads TensorFlow, in a process of its own, and multiplies two matrices. */
async function tensorflow(located: Located): Promise<Finding> {
  const what = 'TensorFlow';
  if (located.status === 'absent')
    return {
      ...{what, state: 'absent', found: `not prepared yet (${located.version}, ${located.variant})`},
      remedy: 'The first run prepares it; or now: pipeline setup',
    };
  if (located.status === 'unlinked')
    return {
      ...{what, state: 'absent', found: 'prepared, not linked into this node_modules'},
      remedy: 'The next run links it; or now: pipeline setup',
    };
  const began = performance.now();
  const probe = fileURLToPath(new URL('./probe.js', import.meta.url));
  const {code, output} = await capture(process.execPath, [probe], tensorflowEnvironment(located));
  const lines = output.trim().split('\n');
  if (code !== 0)
    return {
      ...{what, state: 'missing'},
      found: `does not load: ${lines.find((line) => /^\w*Error\b/.test(line)) ?? `exit code ${code}`}`,
      remedy: 'Prepare it anew: pipeline setup --force',
    };
  const found = `${lines.at(-1)}, loaded in ${formatSeconds((performance.now() - began) / 1000)}`;
  if (located.variant === 'cuda' && !found.includes('on gpu'))
    return {
      ...{what, state: 'missing', found: `${found}: it does not find the GPU`},
      remedy: 'See whether `nvidia-smi` works (CUDA 12 takes driver 525 or later), or leave the GPU alone: --cpu',
    };
  return {what, state: 'good', found};
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

function backend({state}: Finding, needed: readonly Finding[]): Finding {
  const what = 'backend';
  if (state === 'good') return {what, state: 'good', found: 'tensorflow'};
  if (state === 'missing') return {what, state: 'missing', found: 'tensorflow, which does not work; see above'};
  if (needed.every((tool) => tool.state === 'good')) return {what, state: 'good', found: 'tensorflow, once it is prepared'};
  return {
    ...{what, state: 'absent', found: 'without TensorFlow, for which tools are missing: many times slower'},
    remedy: 'Install what is missing above, then: pipeline setup',
  };
}
