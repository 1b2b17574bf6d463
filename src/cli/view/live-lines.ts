import type {WriteStream} from 'node:tty';
import {cutCells, widthOf} from './text-width.js';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const frameMilliseconds = 200;

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Until a window's new width is told, lines of the old one must not wrap, or their number would be lost. */
const unwrapped = (text: string): string => `\u001b[?7l${text}\u001b[?7h`;
/** Terminals that know it show what stands between at once; others pass it over. */
const synchronized = (text: string): string => `\u001b[?2026h${text}\u001b[?2026l`;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of one frame, for a window of a size. What does not fit is cut. */
type Frame = (size: Size) => readonly string[];

/** Lines at the bottom of a terminal that are redrawn in place, under lines that stay. Without a terminal only the latter. */
export class LiveLines {
  readonly enabled: boolean;
  readonly #stream: WriteStream;
  #frame: Frame | undefined;
  /** Columns of each line that stands. */
  #drawn: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: WriteStream) {
    this.#stream = stream;
    this.enabled = stream.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['CI'];
  }

  spinner(): string {
    return frames[Math.floor(Date.now() / frameMilliseconds) % frames.length] ?? '';
  }

  /** Replaces the live lines, from the next frame on. */
  set(frame: Frame): void {
    this.#frame = frame;
    if (!this.enabled || this.#timer) return;
    this.#timer = setInterval(() => this.#draw(''), frameMilliseconds).unref();
    this.#stream.on('resize', this.#resized);
    process.on('exit', this.#exit).on('SIGTSTP', this.#suspend);
  }

  /** A line that stays. */
  print(line: string, stream: NodeJS.WriteStream = this.#stream): void {
    if (stream === this.#stream && this.#timer) return this.#draw(`${line}\n`);
    this.#erase();
    stream.write(`${line}\n`);
  }

  /** Leaves the screen clean: what is live is gone, the cursor is back. */
  close(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#frame = undefined;
    this.#stream.off('resize', this.#resized);
    process.off('exit', this.#exit).off('SIGTSTP', this.#suspend);
  }

  /** One write a frame: the cursor goes up, each line is written over the old one, what is left below is erased. */
  #draw(above: string): void {
    const {columns = 80, rows = 24} = this.#stream;
    const lines = (this.#frame?.({columns, rows}) ?? [])
      .slice(0, Math.max(1, rows - 1))
      .map((line) => cutCells(line, columns - 1));
    const staying = above === '' ? '' : `\u001b[0J${above}`;
    const body = lines.map((line) => `${line}\u001b[K\n`).join('');
    this.#stream.write(synchronized(`${hideCursor}${this.#home()}${staying}${unwrapped(body)}\u001b[0J`));
    this.#drawn = lines.map(widthOf);
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#stream.write(`${this.#home()}\u001b[0J${showCursor}`);
    this.#drawn = [];
  }

  /** To the first of the drawn lines; in a window that has become narrower, some of them now take several. */
  #home(): string {
    const {columns = 80} = this.#stream;
    const up = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return up > 0 ? `\r\u001b[${up}A` : '\r';
  }

  readonly #resized = (): void => this.#draw('');

  readonly #exit = (): void => this.#erase();

  /** Ctrl-Z gives the screen back; the next frame after `fg` takes it again. */
  readonly #suspend = (): void => {
    this.#erase();
    process.kill(process.pid, 'SIGSTOP');
  };
}
