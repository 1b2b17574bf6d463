import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';

/** Commit of the checkout around the working directory, read from its files: a run that does nothing has no time for `git`. */
export async function gitCommit(start = process.cwd()): Promise<string | undefined> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const head = await readFile(join(folder, '.git', 'HEAD'), 'utf8').catch(() => undefined);
    if (head !== undefined) {
      const reference = /^ref: (.+)$/m.exec(head)?.[1];
      if (!reference) return head.trim();
      const direct = await readFile(join(folder, '.git', reference), 'utf8').catch(() => undefined);
      return direct?.trim() ?? (await packed(join(folder, '.git', 'packed-refs'), reference));
    }
    if (folder === dirname(folder)) return undefined;
  }
}

async function packed(path: string, reference: string): Promise<string | undefined> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  return lines.find((line) => line.endsWith(` ${reference}`))?.split(' ')[0];
}

/** True when tracked files differ from the commit; `undefined` without git, outside a checkout, or when that takes too long to see. */
export function gitDirty(): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const args = ['--no-optional-locks', 'status', '--porcelain', '--untracked-files=no'];
    execFile('git', args, {timeout: 2000}, (error, stdout) => resolve(error ? undefined : stdout.trim() !== ''));
  });
}
