import {spawn} from 'node:child_process';
import {missingTool} from './missing-tool.js';

/** A step of the set-up that this machine cannot do: why, and what would help. */
export class SetupProblem extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

interface ToolOptions {
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly folder?: string;
  /** Its name in messages; the tool's own name when not given. */
  readonly title?: string;
  /** The remedy when it fails; derived from the tool and its errors when not given. */
  readonly remedy?: string;
  /** Milliseconds after which it is stopped. */
  readonly limit?: number;
}

/** Runs a tool; its failure, or its absence, is a `SetupProblem`. It does not outlive this process. */
export async function runTool(tool: string, args: readonly string[], options: ToolOptions = {}): Promise<void> {
  const title = options.title ?? (args[0] === '-m' ? `${tool} -m ${args[1]}` : tool);
  const child = spawn(tool, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {...process.env, ...options.environment},
    ...(options.folder !== undefined && {cwd: options.folder}),
    ...(options.limit !== undefined && {timeout: options.limit, killSignal: 'SIGKILL'}),
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-4000);
  });
  const stop = (): void => void child.kill('SIGKILL');
  // before its folder is removed
  process.prependOnceListener('exit', stop);
  try {
    const code = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
    });
    if (code === 0) return;
    const detail = lastLines(errors) || (typeof code === 'number' ? `exit code ${code}` : `stopped by ${code}`);
    throw new SetupProblem(`\`${title}\` failed: ${detail}`, options.remedy ?? missingTool(tool, errors || detail));
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new SetupProblem(`\`${tool}\` was not found`, options.remedy ?? missingTool(tool, ''));
  } finally {
    process.off('exit', stop);
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' ').slice(0, 500);
