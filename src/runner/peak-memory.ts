import {readFile, writeFile} from 'node:fs/promises';

/**
 * Measures the largest resident set of this process from now on, in bytes. Linux can forget the high-water mark
 * (`5` to /proc/self/clear_refs, proc(5)); elsewhere it is that of the whole process so far.
 */
export function measurePeakMemory(): {peakBytes(): Promise<number>} {
  const reset = writeFile('/proc/self/clear_refs', '5').catch(() => undefined);
  return {
    peakBytes: async () => {
      await reset;
      const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      return kilobytes ? Number(kilobytes) * 1024 : process.resourceUsage().maxRSS * 1024;
    },
  };
}
