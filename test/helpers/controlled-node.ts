import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {withResolvers} from '#tfpipe/util/with-resolvers.js';
import {Arrivals} from './arrivals.js';
import type {Order, Word} from './controlled-plugin.js';

type Begun = Extract<Word, {type: 'begun'}>;

/** A run of the node that is under way in some process; it goes on when the test says so, in the order it says so. */
export class Call {
  readonly name: string;
  /** Process that it runs in. */
  readonly pid: number;
  /** Words of its inputs, by the name of the edge. */
  readonly inputs: Begun['inputs'];
  /** What an earlier call of the same key saved. */
  readonly checkpoint: string | null;
  /** Resolves when the node is asked to stop. */
  readonly asked: Promise<void>;
  /** Resolves when the node has returned or its process has died. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  #onSaved: () => void = () => {};

  constructor({name, pid, inputs, checkpoint}: Begun, socket: Socket, words: AsyncIterable<string>, onEnd: () => void) {
    this.name = name;
    this.pid = pid;
    this.inputs = inputs;
    this.checkpoint = checkpoint;
    this.#socket = socket;
    this.#onEnd = onEnd;
    const asked = withResolvers<void>();
    this.asked = asked.promise;
    this.gone = this.#listen(words, asked.resolve);
  }

  async #listen(words: AsyncIterable<string>, onAsked: () => void): Promise<void> {
    for await (const line of words) {
      const word = JSON.parse(line) as Word;
      if (word.type === 'asked') onAsked();
      else if (word.type === 'saved') this.#onSaved();
    }
  }

  finish(words: readonly string[] = [this.name]): void {
    this.#end({type: 'finish', words});
  }

  fail(message: string): void {
    this.#end({type: 'fail', message});
  }

  /** Ends as a node does that was asked to stop. */
  stop(): void {
    this.#end({type: 'stop'});
  }

  /** Kills its process with SIGKILL, from inside. */
  crash(): void {
    this.#end({type: 'crash'});
  }

  log(text: string): void {
    this.#order({type: 'log', text});
  }

  metrics(step: number, values: Readonly<Record<string, number>>): void {
    this.#order({type: 'metrics', step, values});
  }

  picture(name: string, step: number, bytes: readonly number[]): void {
    this.#order({type: 'picture', name, step, bytes});
  }

  progress(done: number, total: number): void {
    this.#order({type: 'progress', done, total});
  }

  /** Saves a checkpoint; resolves when it is saved. */
  async save(text: string): Promise<void> {
    const {promise, resolve} = withResolvers<void>();
    this.#onSaved = resolve;
    this.#order({type: 'save', text});
    await promise;
  }

  #end(order: Order): void {
    this.#onEnd();
    this.#order(order);
  }

  #order(order: Order): void {
    this.#socket.write(`${JSON.stringify(order)}\n`);
  }
}

/**
 * A node type whose runs, in whatever process, wait for what the test says:
 *
 *     const call = await node.next();
 *     call.finish();
 *
 * A stage runs it with `module` as its plugin and `params(name)` as its params.
 */
export class ControlledNode {
  readonly module = new URL('./controlled-plugin.js', import.meta.url);
  /** How many calls have begun. */
  begun = 0;
  /** The most calls that were under way together, by what the test had told them when each began. */
  most = 0;
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #calls = new Arrivals<Call>();
  #underWay = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((socket) => void this.#accept(socket));
  }

  static async start(): Promise<ControlledNode> {
    const node = new ControlledNode(await mkdtemp(join(tmpdir(), 'tfpipe-controlled-')));
    node.#server.listen(node.#socketPath);
    await once(node.#server, 'listening');
    return node;
  }

  get #socketPath(): string {
    return join(this.#folder, 'socket');
  }

  params(name: string): {readonly name: string; readonly socket: string} {
    return {name, socket: this.#socketPath};
  }

  /** The next call, in the order they begin; waits for it. */
  next(): Promise<Call> {
    return this.#calls.next();
  }

  /** So many next calls, sorted by name. */
  async nextOnes(count: number): Promise<readonly Call[]> {
    const calls = await Promise.all(Array.from({length: count}, () => this.next()));
    return calls.sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await rm(this.#folder, {recursive: true, force: true});
  }

  async #accept(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    // a process that was killed may leave a broken pipe: its call is gone, and that is all
    socket.on('error', () => {});
    const lines = createInterface({input: socket})[Symbol.asyncIterator]();
    const {value} = await lines.next();
    if (value === undefined) return;
    this.begun++;
    this.#underWay++;
    this.most = Math.max(this.most, this.#underWay);
    const rest = {[Symbol.asyncIterator]: () => lines};
    this.#calls.push(new Call(JSON.parse(value) as Begun, socket, rest, () => void this.#underWay--));
  }
}
