import {onInterrupt} from '../util/on-interrupt.js';

interface Interruption {
  /** Aborted when the run shall stop. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
  /** Gives Ctrl-C its usual meaning back. */
  readonly restore: () => void;
}

/** Ctrl-C once asks the stages to stop after a checkpoint; twice ends the process. */
export function interruption(notice: (text: string) => void): Interruption {
  const controller = new AbortController();
  const restore = onInterrupt(() => {
    if (controller.signal.aborted) process.exit(130);
    notice('stopping after a checkpoint; press Ctrl-C again to stop now');
    controller.abort();
  });
  return {signal: controller.signal, stop: () => controller.abort(), restore};
}
