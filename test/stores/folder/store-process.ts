import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {pathToFileURL} from 'node:url';

const module = (path: string): string => JSON.stringify(pathToFileURL(`dist/${path}`).href);

/** A program whose `body` has `root`, `openLocalStore`, `digestBytes` and `recordOf(key, blob, stage)`. */
export function storeProgram(root: string, body: string): string {
  return `
    const {openLocalStore} = await import(${module('stores/folder/store.js')});
    const {digestBytes} = await import(${module('core/digest.js')});
    const root = ${JSON.stringify(root)};
    const recordOf = (key, blob, stage) => ({
      format: 1, key, fields: {}, metrics: [], computed: {stage, at: 1, seconds: 0, peakBytes: 0},
      outputs: {out: {kind: 'table', type: {}, digest: blob.digest, files: [{name: 'file', ...blob}]}},
    });
    ${body}`;
}

/** Starts a program in a process of its own; what it writes to the standard error is shown. */
export function startProgram(program: string, wrap: readonly string[] = []): ChildProcess {
  const [command = '', ...args] = [...wrap, process.execPath, '--input-type=module', '-e', program];
  return spawn(command, args, {stdio: ['pipe', 'pipe', 'inherit']});
}

/** What a program wrote; rejects when it did not end well. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Expected the program to end with 0, got ${code}`);
  return text;
}
