import {mkdirSync, writeFileSync} from 'node:fs';
import {copyFile, mkdir, rm, symlink} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import type {StageOutput} from '../core/events.js';
import type {Observer} from '../core/observer.js';

export interface RunFolder {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Makes the folder of a new run: `<runs>/<date>-<time>-<recipe name>`, with a copy of the recipe. Two runs in the same second
 * get different folders. `<runs>/latest` points to the newest.
 */
export async function createRunFolder(
  runs: string,
  recipe: {readonly name: string; readonly path: string},
  now: Date,
): Promise<RunFolder> {
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  await mkdir(runs, {recursive: true});
  for (let attempt = 1; ; attempt++) {
    const id = `${stamp}-${recipe.name}${attempt > 1 ? `-${attempt}` : ''}`;
    const path = resolve(runs, id);
    try {
      await mkdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    await copyFile(recipe.path, join(path, 'recipe.yaml'));
    await pointLatest(runs, id);
    return {id, path};
  }
}

/** Writes a picture of a stage at work into the run's folder; returns its path. Steps have six digits, so that names sort. */
export function keepPicture(
  folder: string,
  {stage, name, step, png}: {readonly stage: string; readonly name: string; readonly step: number; readonly png: Uint8Array},
): string {
  const path = join(folder, 'pictures', stage, `${name}-${String(step).padStart(6, '0')}.png`);
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, png);
  return path;
}

/** The pointer is a convenience: another run that moves it at the same moment does no harm. */
async function pointLatest(runs: string, id: string): Promise<void> {
  const latest = join(runs, 'latest');
  await rm(latest, {force: true});
  await symlink(id, latest).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/**
 * Shows every stage's results under their own names: `<run>/artifacts/<stage>/<port>/<file>`, links into the store. The run does not
 * wait for them; what goes wrong is thrown at the next event, or by `close`, which waits.
 */
export function artifactLinks(folder: string): Observer {
  let linked: Promise<void> = Promise.resolve();
  let failure: unknown;
  return {
    hear: (event) => {
      if (failure) throw failure;
      if (event.type !== 'stage-cached' && event.type !== 'stage-finished') return;
      const linking = linkOutputs(join(folder, 'artifacts', event.stage), event.outputs).catch((error: unknown) => {
        failure ??= error;
      });
      linked = linked.then(() => linking);
    },
    close: async () => {
      await linked;
      if (failure) throw failure;
    },
  };
}

async function linkOutputs(folder: string, outputs: Readonly<Record<string, StageOutput>>): Promise<void> {
  for (const [port, {files}] of Object.entries(outputs)) {
    await mkdir(join(folder, port), {recursive: true});
    for (const file of files) {
      const link = join(folder, port, file.name);
      await symlink(relative(dirname(link), file.path), link);
    }
  }
}
