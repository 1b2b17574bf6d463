import {readFileSync, writeFileSync} from 'node:fs';

/**
 * Measures the largest resident set of this process from now on, in bytes. Linux can forget the high-water mark
 * (`5` to /proc/self/clear_refs, proc(5)); elsewhere it is that of the whole process so far.
 */
export function measurePeakMemory(): {peakBytes(): number} {
  // neither is a file on a disk: through the thread pool they would take longer
  const forgets = process.platform === 'linux' && forgetPeak();
  return {
    peakBytes: () => {
      const kilobytes = forgets && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
      return (kilobytes ? Number(kilobytes) : process.resourceUsage().maxRSS) * 1024;
    },
  };
}

/** A container may forbid it. */
function forgetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}
