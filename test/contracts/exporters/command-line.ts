import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {testPython} from '#scripts/test-venv.js';
import {command as exportCommand} from '#tfpipe/cli/verbs/export.js';
import {digestBytes} from '#tfpipe/core/digest.js';
import {eventLine} from '#tfpipe/history/journal.js';
import {storeValue} from '#tfpipe/stores/artifacts.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import type {Numbers, WrittenFile} from './contract.js';
import type {Sample} from './samples.js';

/** The files that `pipeline export` writes of an output. */
export const exportedFiles = (format: string, port: string, sample: Sample): Promise<readonly WrittenFile[]> =>
  inFolder(async (folder) => {
    const {runs, store} = await layRun(folder, port, sample);
    const out = join(folder, 'out');
    await quietly(exportCommand.run({values: {runs, run: 'run', store, format, out}, positionals: [`stage.${port}`]}));
    return filesIn(out);
  });

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tfpipe-export-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

const filesIn = (folder: string): WrittenFile[] =>
  readdirSync(folder)
    .sort()
    .map((name) => ({name, content: readFileSync(join(folder, name))}));

/** A finished run whose only stage gave this value, and the store that has it. */
async function layRun(folder: string, port: string, {value, type}: Sample): Promise<{runs: string; store: string}> {
  const [runs, place] = [join(folder, 'runs'), join(folder, 'store')];
  const store = await openLocalStore(place);
  const output = await storeValue(store, value, type);
  const key = digestBytes('stage');
  const computed = {stage: 'stage', at: 1, seconds: 1, peakBytes: 1};
  await store.commit({format: 1, key, fields: {}, outputs: {[port]: output}, metrics: [], computed});
  const outputs = {[port]: output};
  mkdirSync(join(runs, 'run'), {recursive: true});
  const finished = {type: 'stage-finished', time: 1, stage: 'stage', key, seconds: 1, peakBytes: 1, outputs} as const;
  writeFileSync(join(runs, 'run', 'events.ndjson'), eventLine(finished));
  return {runs, store: place};
}

/** Drops the lines that a verb prints; the test runner's own reports are bytes. */
async function quietly(work: Promise<unknown>): Promise<void> {
  const {stdout} = process;
  const write = stdout.write;
  stdout.write = ((chunk: string | Uint8Array) => typeof chunk === 'string' || write.call(stdout, chunk)) as typeof write;
  try {
    await work;
  } finally {
    stdout.write = write;
  }
}

/** Every file as Python's own libraries read it. */
async function readInPython<T>(files: readonly WrittenFile[]): Promise<readonly T[]> {
  return await inFolder(async (folder) => {
    for (const {name, content} of files) writeFileSync(join(folder, name), content);
    const paths = files.map(({name}) => join(folder, name));
    const {stdout} = await promisify(execFile)(testPython(), ['test/reference/exported_read.py', ...paths]);
    return JSON.parse(stdout) as readonly T[];
  });
}

export const readTensors = async (files: readonly WrittenFile[]): Promise<readonly Numbers[]> =>
  (await readInPython<readonly Numbers[]>(files)).flat();

/** Each CSV as a tensor: one column is a vector. */
export async function readCsvTensors(files: readonly WrittenFile[]): Promise<readonly Numbers[]> {
  const tables = await readInPython<readonly (readonly string[])[]>(files);
  return tables.map(([header = [], ...rows]) => ({
    dtype: '',
    shape: header.length === 1 ? [rows.length] : [rows.length, header.length],
    values: rows.flat().map((cell) => (Number.isFinite(Number(cell)) ? Number(cell) : cell)),
  }));
}

export async function readCsvTable(files: readonly WrittenFile[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const [[header = [], ...rows] = []] = await readInPython<readonly (readonly string[])[]>(files);
  return Object.fromEntries(header.map((name, column) => [name, rows.map((row) => row[column] ?? '')]));
}
