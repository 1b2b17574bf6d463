import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {testPython} from '#scripts/test-venv.js';
import {tidyEnvironment} from '../../util/scratch.js';

/** A run as MLflow's Python client sees it. */
export interface ReadBack {
  /** How many runs the experiment has; this is the newest. */
  readonly runs: number;
  readonly status: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  /** Points [step, value, timestamp] of each metric; NaN is a word. */
  readonly metrics: Record<string, [number, number | string, number][]>;
  /** Sizes by path. */
  readonly artifacts: Record<string, number>;
  /** Dataset inputs, by name; their schema as `tensor dtype shape, …`. */
  readonly datasets: readonly {
    readonly name: string;
    readonly digest: string;
    readonly context: string;
    readonly schema: string;
    readonly rows: number;
  }[];
  /** SHA-256 by path. */
  readonly digests: Record<string, string>;
}

/** The newest run of each experiment, in one go: starting Python costs more than reading. */
export async function readBack(
  url: string,
  experiments: readonly string[],
  python = testPython(),
): Promise<Readonly<Record<string, ReadBack>>> {
  const args = ['test/reference/mlflow_read.py', url, ...experiments];
  const {stdout} = await promisify(execFile)(python, args, {maxBuffer: 1 << 26, env: tidyEnvironment()});
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return Object.fromEntries(lines.map((line, index) => [experiments[index] ?? '', JSON.parse(line) as ReadBack]));
}
