import {setTimeout as wait} from 'node:timers/promises';
import type {Delivery, Patience} from '../../core/tracker.js';
import {type Batch, firstBatch, fullBatch, halves, type Metric, sizeOf} from './batches.js';
import {MlflowFailure, readable} from './failure.js';
import type {KeyValue} from './names.js';
import type {Arrived, End, Session} from './session.js';

interface Upload {
  readonly path: string;
  readonly bytes: number | undefined;
  readonly send: (session: Session) => Promise<void>;
}

/** One thing to send: a call, and what of the outbox it settles. */
interface Step {
  readonly send: (session: Session) => Promise<void>;
  readonly sent: () => void;
  /** The server will never take it. False when parts of it will be tried alone. */
  readonly refused: () => boolean;
}

/** Time that the end of a run waits for unsent entries. */
const patienceMilliseconds = 30_000;
/** The tag that says how many metric points have arrived, from the first on: who sends a run again goes on after them. */
export const sentTag = 'tfpipe.sent';
/** Points are gathered for this long, so that a fast loop does not make a call a point. */
const gatherMilliseconds = 500;
const longestPauseMilliseconds = 10_000;
/** A server that misses this many calls in a row is worth a line; fewer are hiccups. */
const failuresWorthTelling = 3;
/** A call that the server fails at this often is one that it cannot carry out. */
const crashesTolerated = 4;
/** A server that refuses more than this refuses the run: it was deleted there, say. */
const mostRefusals = 20;

/**
 * Entries that have not been sent to an MLflow server yet, and the loop in the background that sends it: log-batches before files, the run's
 * end last. A server that does not answer is tried again, at growing pauses, until `close` runs out of patience. What the server
 * refuses is left out, the rest goes on. Nothing here throws into the run.
 */
export class MlflowOutbox {
  readonly #connect: (again: boolean) => Promise<Session>;
  readonly #notice: (text: string) => void;
  readonly #pending: {readonly params: KeyValue[]; readonly tags: KeyValue[]; readonly metrics: Metric[]};
  /** Files, and whatever else is sent alone. */
  readonly #uploads: Upload[] = [];
  readonly #refusals: string[] = [];
  readonly #closing = new AbortController();
  /** Parts of a refused batch, until the culprits are found. */
  #suspects: Batch[] = [];
  #end: End | undefined;
  #session: Session | undefined;
  #working: Promise<void> = Promise.resolve();
  #busy = false;
  /** Metric points that have arrived, and steps that have. */
  #points = 0;
  #steps = 0;
  #failures = 0;
  #told = false;
  #lastFailure: string | undefined;
  #abandoned = false;
  #trouble = '';

  /** `connect` is told whether an earlier call may have reached the server. It is called as soon as something is added. */
  constructor(connect: (again: boolean) => Promise<Session>, notice: (text: string) => void) {
    this.#connect = connect;
    this.#notice = notice;
    this.#pending = {params: [], tags: [], metrics: []};
  }

  add({params = [], tags = [], metrics = []}: Partial<Batch>): void {
    if (this.#abandoned) return;
    // no spread into push: a cached stage may bring more points than the stack takes
    for (const param of params) this.#pending.params.push(param);
    for (const tag of tags) this.#pending.tags.push(tag);
    for (const metric of metrics) this.#pending.metrics.push(metric);
    this.#work();
  }

  /**
   * `path` is the place among the run's artifacts; `find` resolves to the file on this machine. A file that is there with as many `bytes`
   * is not sent again.
   */
  addFile(path: string, find: () => Promise<string>, bytes?: number): void {
    if (this.#abandoned) return;
    const send = async ({client, run}: Session): Promise<void> => client.upload(run, path, await readable(path, find()));
    this.#uploads.push({path, bytes, send});
    this.#work();
  }

  /** Something else that is sent after what is there; may be sent twice. */
  addCall(send: Upload['send']): void {
    if (this.#abandoned) return;
    this.#uploads.push({path: '', bytes: undefined, send});
    this.#work();
  }

  /** Sends what is left, then `end`; gives up when that takes too long. */
  async close(
    end: End,
    {milliseconds, renewed}: Patience = {milliseconds: patienceMilliseconds, renewed: false},
  ): Promise<Delivery> {
    this.#end = end;
    this.#closing.abort();
    this.#work();
    for (let before = -1; this.#busy && before !== this.#steps; ) {
      before = this.#steps;
      const over = new AbortController();
      await Promise.race([this.#working, wait(milliseconds, undefined, {signal: over.signal}).catch(() => undefined)]);
      over.abort();
      if (!renewed) break;
    }
    if (this.#busy) this.#abandon('the server was too slow');
    return this.#delivery();
  }

  #work(): void {
    if (this.#abandoned || this.#busy) return;
    this.#busy = true;
    this.#working = this.#drain();
  }

  async #drain(): Promise<void> {
    while (!this.#abandoned && this.#next()) {
      let step: Step | undefined;
      try {
        const session = await this.#connected();
        step = this.#next();
        await step?.send(session);
      } catch (error) {
        await this.#missed(step, error);
        continue;
      }
      if (step) this.#steps++;
      step?.sent();
      if (this.#told) this.#notice('MLflow: the server answers again');
      this.#failures = 0;
      this.#lastFailure = undefined;
      this.#told = false;
      if (this.#uploads.length === 0 && sizeOf(this.#pending) < fullBatch) await this.#pause(gatherMilliseconds);
    }
    // in the same breath as the last look for a step: what is added from now on starts the loop again
    this.#busy = false;
  }

  async #connected(): Promise<Session> {
    if (this.#session) return this.#session;
    const session = await this.#connect(this.#failures > 0);
    if (session.arrived) this.#settle(session.arrived);
    this.#session = session;
    return session;
  }

  /** Leaves out what the server has. */
  #settle(arrived: Arrived | 'whole'): void {
    if (arrived === 'whole') {
      for (const list of [this.#pending.params, this.#pending.tags, this.#pending.metrics, this.#uploads]) list.length = 0;
      this.#end = undefined;
      return;
    }
    const {points, params, tags, files} = arrived;
    const missing = (there: ReadonlyMap<string, string>, values: KeyValue[]): void =>
      keep(values, ({key, value}) => there.get(key) !== value);
    missing(params, this.#pending.params);
    missing(tags, this.#pending.tags);
    this.#points = Math.min(points, this.#pending.metrics.length);
    this.#pending.metrics.splice(0, this.#points);
    keep(this.#uploads, ({path, bytes}) => bytes === undefined || files.get(path) !== bytes);
  }

  #next(): Step | undefined {
    const suspect = this.#suspects[0];
    if (suspect) return this.#batchStep(suspect, () => void this.#suspects.shift());
    if (sizeOf(this.#pending) > 0) {
      const batch = firstBatch(this.#pending);
      return this.#batchStep(batch, () => {
        this.#pending.params.splice(0, batch.params.length);
        this.#pending.tags.splice(0, batch.tags.length);
        this.#pending.metrics.splice(0, batch.metrics.length);
      });
    }
    const upload = this.#uploads[0];
    if (upload) {
      const sent = (): boolean => this.#uploads.shift() !== undefined;
      return {send: upload.send, sent, refused: sent};
    }
    const end = this.#end;
    const ended = (): boolean => {
      this.#end = undefined;
      return true;
    };
    return end && {send: (session) => end(session, this.#refusals), sent: ended, refused: ended};
  }

  #batchStep(batch: Batch, remove: () => void): Step {
    const points = this.#points + batch.metrics.length;
    const send = ({client, run}: Session): Promise<void> => {
      // the server writes tags after points: what the tag counts has arrived; it stands still once a point was refused
      const count = batch.metrics.length > 0 && this.#refusals.length === 0;
      return client.log(run.id, {...batch, tags: count ? [...batch.tags, {key: sentTag, value: String(points)}] : batch.tags});
    };
    const sent = (): void => {
      remove();
      this.#points = points;
    };
    const refused = (): boolean => {
      if (sizeOf(batch) === 1) sent();
      else {
        remove();
        this.#suspects.unshift(...halves(batch));
      }
      return sizeOf(batch) === 1;
    };
    return {send, sent, refused};
  }

  async #missed(step: Step | undefined, error: unknown): Promise<void> {
    const {message} = error as Error;
    const kind = error instanceof MlflowFailure ? error.kind : 'hopeless';
    if (this.#abandoned) return;
    this.#failures++;
    if (kind === 'passing' || (kind === 'crashed' && this.#failures < crashesTolerated)) {
      this.#lastFailure = message;
      if (this.#session === undefined || this.#failures >= failuresWorthTelling)
        this.#tellOnce(`MLflow: ${message}; trying again while the run goes on, its journal has everything`);
      // the end of a run does not wait for a server that was never there
      if (this.#closing.signal.aborted && this.#session === undefined && isAbsence(error)) return this.#abandon(message);
      return this.#retryPause();
    }
    if (kind !== 'hopeless' && this.#session && this.#refusals.length < mostRefusals) {
      this.#failures = 0;
      if (step?.refused()) this.#refusals.push(message);
      return;
    }
    this.#tellOnce(`MLflow: ${message}; the run goes on, its journal has everything`);
    this.#abandon(message);
  }

  #tellOnce(text: string): void {
    if (!this.#told) this.#notice(text);
    this.#told = true;
  }

  /** Growing pauses, with chance in them so that many runs do not come back all at once. */
  async #retryPause(): Promise<void> {
    const longest = Math.min(250 * 2 ** this.#failures, longestPauseMilliseconds);
    if (this.#closing.signal.aborted) await wait(Math.min(longest, 1000));
    else await this.#pause(longest * (0.5 + Math.random() / 2));
  }

  /** Ends at once when the run does. */
  async #pause(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, {signal: this.#closing.signal}).catch(() => undefined);
  }

  /** Nothing more is sent. What is under way is broken off when the client is closed. */
  #abandon(why: string): void {
    this.#abandoned = true;
    this.#trouble = this.#lastFailure ?? why;
  }

  #delivery(): Delivery {
    const url = this.#session && {url: this.#session.client.page(this.#session.run)};
    const what = this.#abandoned ? [`${this.#trouble}${this.#left()}`] : [];
    const [first] = this.#refusals;
    if (first !== undefined)
      what.push(this.#refusals.length === 1 ? first : `${first} (and ${this.#refusals.length - 1} more like it)`);
    const detail = this.#steps > 0 ? 'everything was sent' : 'the server has everything';
    if (what.length === 0) return {delivered: true, detail, ...url};
    return {delivered: false, detail: `not everything was sent: ${what.join('; ')}; the run's journal has it all`, ...url};
  }

  #left(): string {
    const parts = [
      [this.#pending.metrics.length, 'metric points'],
      [this.#pending.params.length, 'params'],
      [this.#uploads.length, 'files'],
    ] as const;
    const missing = parts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
    return missing.length > 0 ? ` (${missing.join(', ')} left)` : '';
  }
}

/** Keeps the members that are wanted, in place. */
function keep<T>(list: T[], wanted: (member: T) => boolean): void {
  const kept = list.filter(wanted);
  list.length = 0;
  for (const member of kept) list.push(member);
}

const isAbsence = (error: unknown): boolean => error instanceof MlflowFailure && error.absent;
