import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const folders: string[] = [];

/** A folder for the tests of a file. It goes when the file's process exits: after all hooks, and also when a test has failed. */
export function scratchFolder(name: string): string {
  if (folders.length === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(join(tmpdir(), `tfpipe-${name}-`));
  folders.push(folder);
  return folder;
}

/** The environment for a program that leaves files in the temporary folder, such as onnxruntime and MLflow. */
export const tidyEnvironment = (): NodeJS.ProcessEnv => ({...process.env, TMPDIR: scratchFolder('program')});

function removeAll(): void {
  // a process that a test has ended may write there a moment longer
  for (const folder of folders) rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}
