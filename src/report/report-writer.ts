import type {RunEvent} from '../core/events.js';
import type {Observer} from '../core/observer.js';
import type {Plan} from '../core/plan.js';
import type {Shown} from './figures.js';
import {writeReport} from './report.js';

/** Milliseconds between two writes: at least, and at most, since a page that is not written for two minutes is taken for that of a killed run. */
const [shortest, longest] = [5_000, 60_000];
/** Writing takes at most one part in so many of a run's time. */
const share = 100;

/** Collects a run's events and writes its page as the run goes, seldom enough that the run is not held up, and when it has ended. */
export function reportWriter(folder: string, plan: Plan): Observer {
  const events: RunEvent[] = [];
  const shown: Shown = new Map();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let next = 0;

  const write = async (): Promise<string> => {
    const began = performance.now();
    const path = await writeReport(folder, plan, events, shown);
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
      events.push(event);
      if (event.type !== 'run-finished') soon();
    },
    close: async () => {
      clearTimeout(timer);
      await writing;
      return await write();
    },
  };
}
