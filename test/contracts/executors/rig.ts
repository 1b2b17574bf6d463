import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Attempt, AttemptEvent, AttemptFailure, Executor} from '#tfpipe/core/executor.js';
import {type KeyFields, stageKey} from '#tfpipe/core/key.js';
import type {Store} from '#tfpipe/core/store.js';
import {fingerprintModule} from '#tfpipe/runner/plan/fingerprint.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {ControlledNode} from '../../helpers/controlled-node.js';

/** How the suite comes by an executor. */
export interface ExecutorHarness {
  readonly name: string;
  /** A new executor that runs so many attempts at a time. */
  readonly open: (options: {readonly slots: number}) => Executor;
  /** Processes and jobs of executors that are still there. */
  readonly left: () => readonly string[] | Promise<readonly string[]>;
}

export type EndEvent = Extract<AttemptEvent, {type: 'finished' | 'held' | 'failed'}>;
const isEnd = (event: AttemptEvent): event is EndEvent => ['finished', 'held', 'failed'].includes(event.type);

interface AttemptOptions {
  /** Attempts that have finished, whose words it takes. */
  readonly after?: readonly Attempt[];
  /** Seconds. */
  readonly timeout?: number;
  readonly fields?: Partial<KeyFields>;
}

/** The run that all attempts of the suite belong to. */
const runId = 'run';

/** Largest message that every engine takes. */
const mostBytes = 64 * 1024;

/** An executor with a store and a controlled node of its own; the one place of the suite that calls the executor. */
export class Rig {
  readonly store: Store;
  readonly node: ControlledNode;
  readonly events: AttemptEvent[] = [];
  readonly #harness: ExecutorHarness;
  readonly #folder: string;
  readonly #executor: Executor;
  readonly #submitted = new Map<string, Attempt>();
  readonly #waiting = new Set<(event: AttemptEvent) => void>();
  /** Resolves when the executor has no more events. */
  readonly #listening: Promise<void>;

  private constructor(harness: ExecutorHarness, folder: string, store: Store, node: ControlledNode, slots: number) {
    this.#harness = harness;
    this.#folder = folder;
    this.store = store;
    this.node = node;
    this.#executor = harness.open({slots});
    this.#listening = this.#listen();
  }

  static async open(harness: ExecutorHarness, {slots}: {readonly slots: number}): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'tfpipe-executors-'));
    return new Rig(harness, folder, await openLocalStore(join(folder, 'store')), await ControlledNode.start(), slots);
  }

  /** An attempt at a stage of the controlled node; the same name and inputs give the same key, every attempt has an id of its own. */
  async attempt(name: string, {after = [], timeout, fields: changed = {}}: AttemptOptions = {}): Promise<Attempt> {
    const {digest: code, packages} = await fingerprintModule(this.node.module);
    const inputs: Record<string, KeyFields['inputs'][string]> = {};
    for (const {stage, key} of after) {
      const found = await this.store.lookup(key);
      const output = found.status === 'hit' ? found.record.outputs['words'] : undefined;
      assert(output, `the result of ${stage} is in the store`);
      inputs[`words@${stage}`] = output.digest;
    }
    const fields: KeyFields = {
      ...{
        format: 1,
        type: 'test/controlled',
        code,
        packages,
        params: {name},
        inputs,
        types: {},
        externals: {},
        seed: 1,
        numerics: null,
      },
      ...changed,
    };
    return {
      ...{
        id: crypto.randomUUID(),
        runId,
        store: this.store.url,
        stage: name,
        key: stageKey(fields),
        fields,
        use: 'test/controlled',
      },
      pluginModule: this.node.module.href,
      run: {
        ...{retries: 0, resources: {cpu: 1, gpu: 0}, checkpoint: 30, tripwires: 'fail'},
        ...(timeout !== undefined && {timeout}),
      },
      params: this.node.params(name),
      inputs: Object.fromEntries(after.map(({stage, key}) => [`words@${stage}`, {key, port: 'words'}])),
    };
  }

  async submit(...attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) this.#submitted.set(attempt.id, attempt);
    await this.#executor.submit(attempts);
  }

  async cancel(attempts: readonly Attempt[], graceMilliseconds: number): Promise<void> {
    await this.#executor.cancel(
      attempts.map(({id}) => id),
      graceMilliseconds,
    );
  }

  /** Events of the run as a coordinator gets them that reattaches, up to the end of an attempt. */
  async eventsAgain(until: Attempt): Promise<readonly AttemptEvent[]> {
    const events: AttemptEvent[] = [];
    for await (const event of this.#executor.events(runId)) {
      events.push(event);
      if (event.attempt === until.id && isEnd(event)) break;
    }
    return events;
  }

  /** Resolves when no process is left. */
  async close(): Promise<void> {
    await this.#executor.close();
    await this.#listening;
    assert.deepEqual(await this.#harness.left(), [], 'no process is left after close');
  }

  async #listen(): Promise<void> {
    for await (const event of this.#executor.events(runId)) {
      this.events.push(event);
      for (const wake of this.#waiting) wake(event);
    }
  }

  /** The first event of an attempt that `is` so; waits for it. */
  heard(attempt: Attempt, is: (event: AttemptEvent) => boolean): Promise<AttemptEvent> {
    const matches = (event: AttemptEvent): boolean => event.attempt === attempt.id && is(event);
    const found = this.events.find(matches);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      const wake = (event: AttemptEvent): void => {
        if (!matches(event)) return;
        this.#waiting.delete(wake);
        resolve(event);
      };
      this.#waiting.add(wake);
    });
  }

  async ended(attempt: Attempt): Promise<EndEvent> {
    return (await this.heard(attempt, isEnd)) as EndEvent;
  }

  /** The failure that an attempt ends with; waits for it. */
  async failure(attempt: Attempt): Promise<AttemptFailure> {
    const end = await this.ended(attempt);
    assert(end.type === 'failed', `${attempt.stage} ended with ${end.type}`);
    return end.failure;
  }

  eventsOf({id}: Attempt): readonly AttemptEvent[] {
    return this.events.filter(({attempt}) => attempt === id);
  }

  /** Promises that hold for every attempt, whatever became of it. */
  checkEvents(): void {
    for (const attempt of this.#submitted.values()) {
      checkMessage(attempt);
      const events = this.eventsOf(attempt);
      const types = events.map(({type}) => type).join(' ');
      assert.equal(events.filter(isEnd).length, 1, `${attempt.stage} ends once: ${types}`);
      const last = events.at(-1);
      assert(last && isEnd(last), `no event of ${attempt.stage} comes after its end: ${types}`);
      const starts = events.filter(({type}) => type === 'started');
      assert(starts.length <= 1 && starts[0] === (starts[0] && events[0]), `${attempt.stage} starts once, and first: ${types}`);
    }
    for (const event of this.events) {
      assert(this.#submitted.has(event.attempt), `an event of ${event.attempt}, which was not submitted`);
      checkMessage(event);
    }
  }

  async tearDown(): Promise<void> {
    await this.#executor.close();
    await this.node.close();
    await rm(this.#folder, {recursive: true, force: true});
  }
}

function checkMessage(message: Attempt | AttemptEvent): void {
  const text = JSON.stringify(message);
  assert(Buffer.byteLength(text) < mostBytes, `a message of ${Buffer.byteLength(text)} bytes: ${text.slice(0, 200)}`);
  assert.deepEqual(JSON.parse(text), message, 'a message survives JSON');
}
