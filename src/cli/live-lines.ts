import type {WriteStream} from 'node:tty';
import {stripVTControlCharacters} from 'node:util';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const frameMilliseconds = 100;

/** Lines at the bottom of a terminal that are redrawn in place, under lines that stay. Without a terminal only the latter. */
export class LiveLines {
  readonly enabled: boolean;
  readonly #stream: WriteStream;
  #lines: readonly (() => string)[] = [];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.enabled = stream.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['CI'];
  }

  spinner(): string {
    return frames[Math.floor(Date.now() / frameMilliseconds) % frames.length] ?? '';
  }

  /** Replaces the live lines. */
  set(lines: readonly (() => string)[]): void {
    this.#lines = lines;
    if (!this.enabled) return;
    if (lines.length > 0) this.#timer ??= setInterval(() => this.#draw(), frameMilliseconds).unref();
    else this.close();
  }

  /** A line that stays. */
  print(line: string, stream: NodeJS.WriteStream = this.#stream): void {
    this.#erase();
    stream.write(`${line}\n`);
    if (this.enabled) this.#draw();
  }

  /** Leaves the screen clean. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#lines = [];
  }

  #erase(): void {
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  #draw(): void {
    this.#erase();
    const width = (this.#stream.columns ?? 80) - 1;
    const lines = this.#lines.map((line) => cut(line(), width));
    if (lines.length > 0) this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}

/** Cuts a line to a width; a coloured line that is too long loses its colours. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`;
}
