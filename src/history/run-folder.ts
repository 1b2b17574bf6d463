import {randomUUID} from 'node:crypto';
import {copyFile, mkdir, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import type {StageOutput, StagePicture} from '../core/events.js';
import type {Observer} from '../core/observer.js';
import type {Store} from '../core/store.js';
import {hasResult} from './run-state.js';

interface RunFolder {
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

/** Where the run's folder keeps a picture of a stage at work. Steps have six digits, so that names sort. */
export const pictureFile = ({stage, name, step}: Pick<StagePicture, 'stage' | 'name' | 'step'>): string =>
  join('pictures', stage, `${name}-${String(step).padStart(6, '0')}.png`);

/** The pointer is a convenience: another run that moves it at the same moment does no harm. */
async function pointLatest(runs: string, id: string): Promise<void> {
  const latest = join(runs, 'latest');
  await rm(latest, {force: true});
  await symlink(id, latest).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/**
 * Shows every stage's results under their own names, `<run>/artifacts/<stage>/<port>/<file>`, links into the store where that is on this
 * machine; and keeps copies of the pictures of stages at work, which no result holds. The run does not wait for either; a failure is
 * thrown at the next event, or by `close`, which waits.
 */
export function artifactLinks(folder: string, store: Store): Observer {
  let worked: Promise<void> = Promise.resolve();
  let failure: unknown;
  const start = (work: Promise<void>): void => {
    const done = work.catch((error: unknown) => {
      failure ??= error;
    });
    worked = worked.then(() => done);
  };
  return {
    hear: (event) => {
      if (failure) throw failure;
      if (hasResult(event)) start(linkOutputs(join(folder, 'artifacts', event.stage), event.outputs, store));
      else if (event.type === 'stage-picture') start(copyPicture(folder, event, store));
    },
    close: async () => {
      await worked;
      if (failure) throw failure;
    },
  };
}

async function linkOutputs(folder: string, outputs: Readonly<Record<string, StageOutput>>, store: Store): Promise<void> {
  for (const [port, {files}] of Object.entries(outputs)) {
    await mkdir(join(folder, port), {recursive: true});
    for (const {name, digest} of files) {
      const link = join(folder, port, name);
      const path = store.localPath(digest);
      if (path !== undefined) await symlink(relative(dirname(link), path), link);
    }
  }
}

/** The copy is there whole or not at all. */
async function copyPicture(folder: string, picture: StagePicture, store: Store): Promise<void> {
  const path = join(folder, pictureFile(picture));
  const temporary = `${path}.${randomUUID()}.tmp`;
  const png = await store.readBlob(picture.digest);
  await mkdir(dirname(path), {recursive: true});
  await writeFile(temporary, png);
  await rename(temporary, path);
}
