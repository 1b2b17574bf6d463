import type {Attempt, AttemptFailure} from '../../core/executor.js';
import {overtimeSignal, timedOut} from './time-limit.js';

/** The end of a worker that gave no answer. */
interface WorkerEnd {
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
  /** Last lines that it wrote. */
  readonly tail: readonly string[];
  /** True when the attempt had been asked to stop. */
  readonly cancelled: boolean;
}

/** The failure of an attempt whose worker ended without an answer. */
export function lostWorker(attempt: Attempt, {signal, exitCode, tail, cancelled}: WorkerEnd): AttemptFailure {
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${exitCode ?? 'unknown'}`;
  if (cancelled) return {reason: 'cancelled', message: `the worker ${how}`};
  if (signal === overtimeSignal) return timedOut(attempt, tail.join('\n'));
  const starved = signal === 'SIGKILL' || tail.some((line) => line.includes('heap out of memory'));
  const hint = starved ? '; the usual cause is too little memory' : '';
  return {
    reason: 'lost',
    message: `Expected the worker process to give a result, but it ${how}${hint}`,
    stack: '',
    tail: tail.join('\n'),
  };
}
