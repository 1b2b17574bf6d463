import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {digestBytes} from '#tfpipe/core/digest.js';
import type {RunEvent} from '#tfpipe/core/events.js';
import {withResolvers} from '#tfpipe/util/with-resolvers.js';
import {type Fault, faultProxy} from '../../trackers/mlflow/fault-proxy.js';
import {freePort} from '../../trackers/mlflow/server.js';
import {type ArrivedRun, type Outcome, type TrackedRun, trackedRun} from './tracked-run.js';

export interface Delivery {
  readonly delivered: boolean;
  /** One sentence: what arrived, or what could not be sent and why. */
  readonly detail: string;
}

/** `renewed`: whether everything that arrives begins the wait anew. */
export interface Patience {
  readonly milliseconds: number;
  readonly renewed: boolean;
}

export interface Tracker {
  hear(event: RunEvent): unknown;
  /** `undefined` when the run is not tracked. */
  close(patience?: Patience): Promise<Delivery | undefined>;
}

/** One kind of tracker, with a server of it. */
export interface TrackerHarness {
  readonly name: string;
  serve(): Promise<{
    readonly url: string;
    /** All runs that the server has of a recipe. */
    runs(recipe: string): Promise<readonly ArrivedRun[]>;
    stop(): Promise<void>;
  }>;
  open(options: {readonly url: string; readonly run: TrackedRun; readonly notice: (text: string) => void}): Promise<Tracker>;
  /** Sends a run from its journal. */
  sync(run: TrackedRun, url: string): Promise<Delivery>;
  /** Whether a call (`METHOD path`) carries metric points. */
  carriesPoints(call: string): boolean;
  /** Addresses that cannot be right; each holds the password `sesame`. */
  readonly wrongAddresses: readonly string[];
  /** Variables of the environment that sign in. */
  readonly secrets: Readonly<Record<string, string>>;
}

const nobody = 'http://127.0.0.1:9';
/** The first calls wake a real server: a busy machine may take longer than the end of a run waits. */
const patient: Patience = {milliseconds: 120_000, renewed: true};
const impatient: Patience = {milliseconds: 50, renewed: false};

/** What every tracker promises: it hears a run, never holds it up, and its server has the run in the end, once. */
export function trackerContract(harness: TrackerHarness): void {
  const {name} = harness;
  const made: TrackedRun[] = [];
  let server: Awaited<ReturnType<TrackerHarness['serve']>>;
  before(async () => {
    server = await harness.serve();
  });
  after(async () => {
    await server?.stop();
    for (const run of made) run.remove();
  });

  const newRun = async (recipe: string, outcome?: Outcome): Promise<TrackedRun> => {
    const run = await trackedRun(recipe, outcome);
    made.push(run);
    return run;
  };

  /** Opens a tracker that keeps what it tells the user. */
  const open = async (run: TrackedRun, url: string) => {
    const notices: string[] = [];
    const tracker = await harness.open({url, run, notice: (text) => void notices.push(text)});
    // it has no promise to give: there is nothing that the run could wait for
    const hear = (from: number, to = run.events.length): void => {
      for (const event of run.events.slice(from, to)) assert.equal(tracker.hear(event), undefined);
    };
    return {notices, hear, close: (patience?: Patience) => tracker.close(patience)};
  };

  const assertWhole = async (run: TrackedRun, status: Outcome = 'done'): Promise<void> => {
    const found = await server.runs(run.name);
    assert.equal(found.length, 1, 'one run, not two');
    const [arrived] = found;
    assert(arrived);
    assert.equal(arrived.status, status);
    assert.deepEqual(arrived.metrics, run.expected.metrics);
    for (const [param, value] of Object.entries(run.expected.params)) assert.equal(arrived.params[param], value, param);
    const digests = new Set(arrived.files.map((file) => digestBytes(file)));
    for (const [file, digest] of Object.entries(run.expected.contents)) assert.ok(digests.has(digest), `${file} has arrived`);
  };

  const assertUndelivered = (delivery: Delivery | undefined): void => {
    assert.equal(delivery?.delivered, false);
    assert.match(delivery.detail, /^\S.+$/, 'one sentence says why');
  };

  for (const outcome of ['done', 'failed', 'interrupted'] as const)
    test(`${name}: a whole run that is ${outcome} arrives: params, every point, pictures, files, its end`, async () => {
      const run = await newRun(`whole-${outcome}`, outcome);
      const {hear, close, notices} = await open(run, server.url);
      hear(0);
      const delivery = await close(patient);
      assert.equal(delivery?.delivered, true, delivery?.detail);
      assert.match(delivery.detail, /^\S.+$/);
      assert.deepEqual(notices, []);
      await assertWhole(run, outcome);
    });

  test(`${name}: a server that never answers is not waited for, and the end says that the run was not sent`, async (context) => {
    const proxy = await faultProxy(server.url, () => 'hang');
    context.after(() => proxy.close());
    const {hear, close} = await open(await newRun('hanging'), proxy.url);
    hear(0);
    assertUndelivered(await close(impatient));
  });

  test(`${name}: a server that was never there costs the end no wait and the user one line; sync sends the run`, async () => {
    const run = await newRun('absent');
    const {hear, close, notices} = await open(run, nobody);
    hear(0);
    // a wait of an hour would be noticed
    assertUndelivered(await close({milliseconds: 3_600_000, renewed: false}));
    assert.equal(notices.length, 1);
    assert.equal((await harness.sync(run, server.url)).delivered, true);
    await assertWhole(run);
  });

  test(`${name}: a server that is down at the start and up before the end gets the whole run`, async (context) => {
    const port = await freePort();
    const run = await newRun('late');
    const {hear, close} = await open(run, `http://127.0.0.1:${port}`);
    hear(0, 10);
    const proxy = await faultProxy(server.url, () => 'none', port);
    context.after(() => proxy.close());
    hear(10);
    const delivery = await close(patient);
    assert.equal(delivery?.delivered, true, delivery?.detail);
    await assertWhole(run);
  });

  test(`${name}: a server that goes away in the middle does not have the run; once it is back, sync sends the rest`, async (context) => {
    const batches = [withResolvers<void>(), withResolvers<void>()];
    let count = 0;
    const decide = (call: string): Fault => {
      if (harness.carriesPoints(call)) batches[count++]?.resolve();
      return 'none';
    };
    const away = await faultProxy(server.url, decide);
    const run = await newRun('middle');
    const {hear, close} = await open(run, away.url);
    hear(0, 10);
    await batches[0]?.promise;
    hear(10, 20);
    // the second batch is sent once the first has arrived
    await batches[1]?.promise;
    await away.close();
    hear(20);
    assertUndelivered(await close(impatient));

    const back = await faultProxy(server.url, () => 'none', Number(new URL(away.url).port));
    context.after(() => back.close());
    assert.equal((await harness.sync(run, back.url)).delivered, true);
    await assertWhole(run);
  });

  test(`${name}: a run that is sent again is there once, and so is all that it has`, async () => {
    const run = await newRun('again');
    const {hear, close} = await open(run, server.url);
    hear(0);
    await close(patient);
    const before = await server.runs(run.name);
    for (const _ of [1, 2]) assert.equal((await harness.sync(run, server.url)).delivered, true);
    assert.deepEqual(await server.runs(run.name), before);
    await assertWhole(run);
  });

  test(`${name}: a call whose answer is lost is made again, and doubles nothing`, async (context) => {
    // what makes and changes; each loss costs a pause
    const isLost = (call: string, count: number): boolean => count === 1 && !/^(GET|PUT)/.test(call);
    const proxy = await faultProxy(server.url, (call, count) => (isLost(call, count) ? 'lost-answer' : 'none'));
    context.after(() => proxy.close());
    const run = await newRun('lost');
    const {hear, close} = await open(run, proxy.url);
    hear(0);
    const delivery = await close(patient);
    assert.equal(delivery?.delivered, true, delivery?.detail);
    await assertWhole(run);
  });

  for (const [index, url] of harness.wrongAddresses.entries())
    test(`${name}: a wrong address is told in one sentence that repeats no password (${index + 1})`, async () => {
      const {hear, close, notices} = await open(await newRun('wrong'), url);
      hear(0);
      const delivery = await close(impatient);
      assert.notEqual(delivery?.delivered, true);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', /^[^\n]+$/);
      assert.doesNotMatch(notices.join() + JSON.stringify(delivery ?? null), /sesame/);
    });

  for (const [what, answer] of [
    ['that is something else', {status: 200, body: '<html>'}],
    ['that lets nobody in', {status: 401, body: 'no'}],
  ] as const)
    test(`${name}: a server ${what} is told once, without the password`, async (context) => {
      const proxy = await faultProxy(undefined, () => answer);
      context.after(() => proxy.close());
      const {hear, close, notices} = await open(await newRun('closed'), proxy.url.replace('//', '//ada:sesame@'));
      hear(0);
      const delivery = await close(patient);
      assertUndelivered(delivery);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', /^[^\n]+$/);
      assert.doesNotMatch(notices.join() + JSON.stringify(delivery), /sesame/);
    });

  test(`${name}: what signs in stands nowhere in what the server keeps`, async () => {
    const run = await newRun('secret');
    const variables = Object.keys(harness.secrets);
    for (const variable of variables) assert.equal(process.env[variable], undefined, `${variable} is not set`);
    Object.assign(process.env, harness.secrets);
    try {
      const {hear, close} = await open(run, server.url.replace('//', '//ada:sesame-in-address@'));
      hear(0);
      assert.equal((await close(patient))?.delivered, true);
    } finally {
      for (const variable of variables) delete process.env[variable];
    }
    await assertWhole(run);
    const [arrived] = await server.runs(run.name);
    const kept = [JSON.stringify({...arrived, files: []}), ...(arrived?.files ?? []).map((file) => file.toString('latin1'))];
    for (const secret of [...Object.values(harness.secrets), 'sesame'])
      for (const text of kept) assert.ok(!text.includes(secret), `${secret} stands in ${text.slice(0, 200)}`);
  });
}
