import {Worker} from 'node:worker_threads';
import type {Attempt, AttemptEvent} from '../../core/executor.js';
import type {NodeRegistry} from '../../core/node.js';
import type {Store} from '../../core/store.js';
import {runAttempt} from '../../runner/run/attempt.js';

export type ToWorker = {readonly type: 'run'; readonly attempt: Attempt} | {readonly type: 'cancel'};
export type FromWorker = AttemptEvent;

/** Serves a coordinator over Node's IPC channel until it disconnects: one attempt at a time, and `cancel`. */
export function serveAttempts(registry: NodeRegistry, openStore: (url: string) => Promise<Store>): void {
  let cancellation = new AbortController();
  /** By URL: opening sweeps a store, which once a process is enough. */
  const stores = new Map<string, Promise<Store>>();
  const emit = (event: FromWorker): void => void process.send?.(event);
  process.on('message', (message: ToWorker) => {
    if (message.type === 'cancel') return cancellation.abort();
    cancellation = new AbortController();
    const {attempt} = message;
    const {signal} = cancellation;
    const opened = stores.get(attempt.store) ?? openStore(attempt.store);
    stores.set(attempt.store, opened);
    opened
      .then((store) => runAttempt(attempt, {store, registry, emit, signal}))
      .catch(({message, stack = ''}: Error) => {
        stores.delete(attempt.store);
        emit({attempt: attempt.id, type: 'failed', failure: {reason: 'error', message, stack, tail: ''}});
      });
  });
  // without a coordinator nobody wants the result, and a lost worker must not outlive its run
  process.on('disconnect', () => process.exit(0));
  watchParent();
}

/** A stage that computes without a pause never hears that the coordinator is gone: a thread sees it by the new parent. */
function watchParent(): void {
  const look = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 1000)`;
  new Worker(look, {eval: true}).unref();
}
