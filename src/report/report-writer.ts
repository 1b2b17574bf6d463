import type {Observer} from '../core/observer.js';
import type {Plan} from '../core/plan.js';
import type {Store} from '../core/store.js';
import {Results} from '../history/results.js';
import {RunState} from '../history/run-state.js';
import {writeReport} from './report.js';

/** Milliseconds between two writes: at least, and at most, since a page that is not written for two minutes is taken for that of a killed run. */
const [shortest, longest] = [5_000, 60_000];
/** Writing takes at most one part in this many of a run's time. */
const share = 100;

/** Follows a run and writes its page as the run goes, seldom enough that the run is not held up, and when it has ended. */
export function reportWriter(folder: string, plan: Plan, store: Store): Observer {
  const source = {folder, plan, results: new Results(store), shown: new Map()};
  const run = new RunState();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let next = 0;

  const write = async (): Promise<string> => {
    const began = performance.now();
    const path = await writeReport(source, run.summary());
    next = performance.now() + Math.min(longest, Math.max(shortest, share * (performance.now() - began)));
    return path;
  };
  const soon = (): void => {
    timer ??= setTimeout(
      () => {
        // a page that cannot be written now is no reason to stop: the last one is written whatever happens, and fails aloud
        writing = write()
          .catch(() => undefined)
          .finally(() => {
            timer = undefined;
          });
      },
      Math.max(0, next - performance.now()),
    ).unref();
  };
  return {
    hear: (event) => {
      if (event.type === 'stage-progress') return;
      run.hear(event);
      if (event.type !== 'run-finished') soon();
    },
    close: async () => {
      clearTimeout(timer);
      await writing;
      return await write();
    },
  };
}
