import type {AttemptEvent} from '../core/executor.js';
import {withResolvers} from '../util/with-resolvers.js';

/**
 * Events of one run's attempts, for any number of readers: each gets all of them from the first, and waits for those to come. A reader that
 * comes later misses only progress that is out of date.
 */
export class EventLog {
  readonly #past: AttemptEvent[] = [];
  readonly #progress = new Map<string, AttemptEvent>();
  readonly #readers = new Set<Reader>();
  #ended = false;

  push(event: AttemptEvent): void {
    if (event.type === 'progress') this.#progress.set(event.attempt, event);
    else {
      this.#settleProgress(event.attempt);
      this.#past.push(event);
    }
    for (const reader of this.#readers) reader.push(event);
  }

  /** No event comes any more: readers end when they have read all. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  read(): AsyncIterable<AttemptEvent> {
    return {
      [Symbol.asyncIterator]: () => {
        const reader = new Reader([...this.#past, ...this.#progress.values()], () => this.#readers.delete(reader));
        this.#readers.add(reader);
        if (this.#ended) reader.end();
        return reader;
      },
    };
  }

  /** Puts the newest progress of an attempt among the events, before what comes after it. */
  #settleProgress(attempt: string): void {
    const progress = this.#progress.get(attempt);
    if (!progress) return;
    this.#progress.delete(attempt);
    this.#past.push(progress);
  }
}

class Reader implements AsyncIterator<AttemptEvent> {
  #waiting: AttemptEvent[];
  #ended = false;
  #wake = withResolvers<void>();
  readonly #leave: () => void;

  constructor(past: AttemptEvent[], leave: () => void) {
    this.#waiting = past;
    this.#leave = leave;
  }

  push(event: AttemptEvent): void {
    this.#waiting.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async next(): Promise<IteratorResult<AttemptEvent>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value) return {done: false, value};
      if (this.#ended) return {done: true, value: undefined};
      this.#wake = withResolvers<void>();
      await this.#wake.promise;
    }
  }

  async return(): Promise<IteratorResult<AttemptEvent>> {
    this.#leave();
    this.#waiting = [];
    this.end();
    return {done: true, value: undefined};
  }
}
