import type {RunEvent} from './events.js';

/** Something that listens to a run: the journal, the links, the report, the terminal, a tracker. */
export interface Observer {
  /** Takes every event of the run, in order. Throwing stops the run, as Ctrl-C does. */
  hear(event: RunEvent): void;
  /** Finishes what it writes or shows; called once, after the last event. */
  close(): Promise<unknown>;
}
