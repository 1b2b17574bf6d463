import {Arrivals} from './arrivals.js';

export interface Pause {
  readonly milliseconds: number;
  /** Lets it be over. */
  readonly pass: () => void;
}

/** A clock on which time passes when the test says so. */
export class FakeClock {
  readonly #pauses = new Arrivals<Pause>();

  readonly wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve());
      this.#pauses.push({milliseconds, pass: resolve});
    });

  /** The next pause that somebody makes. */
  next(): Promise<Pause> {
    return this.#pauses.next();
  }
}
