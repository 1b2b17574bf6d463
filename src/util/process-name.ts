import {createHash} from 'node:crypto';
import {readFile, readlink} from 'node:fs/promises';
import {hostname, uptime} from 'node:os';

/** A process, so that another one can tell whether it still runs: `<place>-<boot>-<pid>-<start>`. */
const pattern = /^([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-(\d+)(?:-|$)/;

/** Time for which files of an unreachable process count as work in progress. */
const patience = 24 * 3600 * 1000;

interface Here {
  /** Machine and pid namespace: containers count their processes on their own. */
  readonly place: string;
  readonly boot: string;
}

let here: Promise<Here> | undefined;
let own: Promise<string> | undefined;

/** Name of this process, for files that must not outlive it. */
export function processName(): Promise<string> {
  own ??= findHere().then(async ({place, boot}) => `${place}-${boot}-${process.pid}-${await startOf(process.pid)}`);
  return own;
}

export const beginsWithProcessName = (name: string): boolean => pattern.test(name);

/**
 * True when the process that a name begins with still runs. Of one on another machine or in another container, which shares this
 * folder, nobody here can tell: it counts as running while what it made was touched (milliseconds since 1970) within a day.
 */
export async function isRunning(name: string, touched = 0): Promise<boolean> {
  const [, place, boot, pid, start] = pattern.exec(name) ?? [];
  if (pid === undefined) return false;
  const now = await findHere();
  if (place !== now.place) return Date.now() - touched < patience;
  return boot === now.boot && (await startOf(Number(pid))) === start;
}

/** True when a name is of a process whose end can be seen from here. */
export const isOfThisMachine = async (name: string): Promise<boolean> => pattern.exec(name)?.[1] === (await findHere()).place;

/** Changes whenever the machine is started: what was only in memory before is gone. */
export const bootId = async (): Promise<string> => (await findHere()).boot;

function findHere(): Promise<Here> {
  here ??= Promise.all([
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
    // elsewhere: the minute the machine was started
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => String(Math.round((Date.now() / 1000 - uptime()) / 60))),
  ]).then(([machine, namespace, boot]) => ({place: short(machine, hostname(), namespace), boot: short(boot.trim())}));
  return here;
}

const short = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);

/**
 * When a process began, in clock ticks since boot (field 22 of /proc/<pid>/stat, proc(5)), so that a reused number is not taken
 * for the same process; `0` for a live process where there is no /proc, empty for a dead one. A zombie is dead: containers whose
 * first process does not wait for others keep it for ever.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  }
  if (process.platform === 'linux') return '';
  try {
    process.kill(pid, 0);
    return '0';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '0' : '';
  }
}
