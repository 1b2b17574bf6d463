import {Worker} from 'node:worker_threads';
import type {Attempt, AttemptFailure} from '../../core/executor.js';

/** Time that an attempt gets to write a checkpoint after its time limit. */
const graceMilliseconds = 3000;
const longestTimer = 2 ** 31 - 1;

/** The signal by which a worker ends itself when an attempt does not stop in time, as alarm(2) would: executors read it off its end. */
export const overtimeSignal = 'SIGALRM';

interface TimeLimit {
  /** True when the time is over: the attempt has been asked to stop. */
  readonly isOver: () => boolean;
  readonly clear: () => void;
}

/**
 * Watches an attempt's `run.timeout` in the process that runs it: calls `ask` when the time is over, and ends the process when the attempt
 * goes on all the same. A thread does that, since a stage that computes without a pause leaves no room for a timer.
 */
export function limitTime({run: {timeout}}: Attempt, ask: () => void): TimeLimit {
  if (timeout === undefined) return {isOver: () => false, clear: () => {}};
  const milliseconds = Math.min(timeout * 1000, longestTimer - graceMilliseconds);
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    ask();
  }, milliseconds);
  const end = `setTimeout(() => process.kill(process.pid, '${overtimeSignal}'), ${milliseconds + graceMilliseconds})`;
  const thread = new Worker(end, {eval: true});
  thread.unref();
  return {
    isOver: () => over,
    clear: () => {
      clearTimeout(timer);
      void thread.terminate();
    },
  };
}

/** The failure of an attempt whose time was over before it ended. */
export const timedOut = ({stage, run}: Attempt, tail = ''): AttemptFailure => ({
  reason: 'timeout',
  message: `Expected \`${stage}\` to end within ${run.timeout} s (its \`run.timeout\`), but it took longer`,
  stack: '',
  tail,
});
