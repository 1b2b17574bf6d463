import fs from 'node:fs';
import {open} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';

/** When a process dies at a call to the file system: before it or, of a write, when half of it is done. */
export type Moment = 'before' | 'half';

type Call = (this: unknown, ...args: readonly unknown[]) => unknown;

const names = {
  promises: ['open', 'link', 'rename', 'rm', 'mkdir', 'copyFile', 'writeFile', 'utimes'],
  handle: ['write', 'writeFile', 'sync', 'chmod'],
  sync: ['openSync', 'writeSync', 'writeFileSync', 'fsyncSync', 'linkSync', 'renameSync', 'unlinkSync', 'rmSync', 'mkdirSync'],
} as const;

/**
 * From now on calls that change files are counted, and this process is killed at call number `at`. Works for modules that were loaded
 * already. Returns the names of the calls so far.
 */
export async function killAt(at: number, moment: Moment): Promise<readonly string[]> {
  const calls: string[] = [];
  const wrap = (object: Record<string, Call>, name: string): void => {
    const original = object[name] as Call;
    object[name] = function (this: unknown, ...args: readonly unknown[]): unknown {
      calls.push(name);
      if (calls.length - 1 !== at) return Reflect.apply(original, this, args);
      const written = moment === 'half' ? Reflect.apply(original, this, halved(name, args)) : undefined;
      // of a promise, the write is done a little later
      return written instanceof Promise ? written.then(die) : die();
    };
  };
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
  await handle.close();
  for (const name of names.promises) wrap(fs.promises as unknown as Record<string, Call>, name);
  for (const name of names.handle) wrap(prototype, name);
  for (const name of names.sync) wrap(fs as unknown as Record<string, Call>, name);
  syncBuiltinESMExports();
  return calls;
}

export const isWrite = (name: string): boolean => name.startsWith('write');

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** A handle's write has its content first, all others behind a path or descriptor. */
function halved(name: string, args: readonly unknown[]): readonly unknown[] {
  const index = typeof args[0] === 'object' || (name === 'write' && typeof args[0] === 'string') ? 0 : 1;
  const bytes = Buffer.from(args[index] as Uint8Array);
  return args.with(index, bytes.subarray(0, bytes.length >> 1)).slice(0, index + 1);
}
