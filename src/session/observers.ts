import type {RunEvent} from '../core/events.js';
import type {Observer} from '../core/observer.js';

/** Observers as one: they hear in order and close in reverse. When one fails, no other hears more, and `close` throws its error. */
export class Observers implements Observer {
  readonly #observers: readonly Observer[];
  readonly #onFailure: () => void;
  #failure: {readonly error: unknown} | undefined;

  /** `onFailure` is called when an observer fails to hear: a run without a journal, on a full disk say, shall stop. */
  constructor(observers: readonly Observer[], onFailure: () => void) {
    this.#observers = observers;
    this.#onFailure = onFailure;
  }

  hear(event: RunEvent): void {
    if (this.#failure) return;
    try {
      for (const observer of this.#observers) observer.hear(event);
    } catch (error) {
      this.#failure = {error};
      this.#onFailure();
    }
  }

  async close(): Promise<void> {
    for (const observer of this.#observers.toReversed())
      await observer.close().catch((error: unknown) => {
        this.#failure ??= {error};
      });
    if (this.#failure) throw this.#failure.error;
  }
}
