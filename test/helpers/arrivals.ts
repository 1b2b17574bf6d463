/** Things that come in their time, taken in the order they came: whoever asks too early waits. */
export class Arrivals<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    if (this.#items.length === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    return Promise.resolve(this.#items.shift() as T);
  }
}
