/** The node type that a `ControlledNode` drives: in the worker process it connects to the test's socket, says that it has begun, and obeys. */
import {connect} from 'node:net';
import {createInterface} from 'node:readline';
import {Type} from '@sinclair/typebox';
import {defineNode} from '#tfpipe/core/node.js';
import {Interrupted} from '#tfpipe/core/stage-context.js';

/** From the test to the node, a line of JSON each. */
export type Order =
  | {readonly type: 'finish'; readonly words: readonly string[]}
  | {readonly type: 'fail'; readonly message: string}
  | {readonly type: 'stop'}
  | {readonly type: 'crash'}
  | {readonly type: 'save'; readonly text: string}
  | {readonly type: 'log'; readonly text: string}
  | {readonly type: 'picture'; readonly name: string; readonly step: number; readonly bytes: readonly number[]}
  | {readonly type: 'metrics'; readonly step: number; readonly values: Readonly<Record<string, number>>}
  | {readonly type: 'progress'; readonly done: number; readonly total: number};

/** From the node to the test. */
export type Word =
  | {
      readonly type: 'begun';
      readonly name: string;
      readonly pid: number;
      readonly inputs: Readonly<Record<string, readonly unknown[]>>;
      readonly checkpoint: string | null;
    }
  | {readonly type: 'asked'}
  | {readonly type: 'saved'};

export const node = defineNode({
  type: 'test/controlled',
  summary: 'Does what a test says.',
  example: 'stage: {use: ./controlled.js}',
  params: Type.Object({name: Type.String(), socket: Type.String()}),
  inputs: {words: {kind: 'table', description: 'Words of earlier stages.', optional: true, many: true}},
  usesTensors: false,
  prepare: (params) => params,
  outputs: () => ({words: {kind: 'table', columns: ['word']} as const}),
  run: async ({prepared, inputs, context: {report, signal, checkpoints}}) => {
    const socket = connect(prepared.socket);
    const say = (word: Word): void => void socket.write(`${JSON.stringify(word)}\n`);
    const words = Object.entries(inputs.words).map(([name, {columns}]) => [name, columns['word'] ?? []] as const);
    const saved = await checkpoints.load();
    say({
      ...{type: 'begun', name: prepared.name, pid: process.pid, inputs: Object.fromEntries(words)},
      checkpoint: saved ? Buffer.from(saved).toString() : null,
    });
    const hearStop = (): void => say({type: 'asked'});
    if (signal.aborted) hearStop();
    else signal.addEventListener('abort', hearStop);
    try {
      for await (const line of createInterface({input: socket})) {
        const order = JSON.parse(line) as Order;
        switch (order.type) {
          case 'finish':
            return {words: {kind: 'table', columns: {word: order.words}}};
          case 'fail':
            throw new Error(order.message);
          case 'stop':
            throw new Interrupted('stopped');
          case 'crash':
            process.kill(process.pid, 'SIGKILL');
            break;
          case 'save':
            await checkpoints.save(Buffer.from(order.text));
            say({type: 'saved'});
            break;
          case 'log':
            report.log(order.text);
            break;
          case 'picture':
            report.picture(order.name, order.step, Uint8Array.from(order.bytes));
            break;
          case 'metrics':
            report.metrics(order.step, order.values);
            break;
          case 'progress':
            report.progress(order.done, order.total, 'steps');
            break;
          default:
            order satisfies never;
        }
      }
      throw new Error('Expected the test to say how the stage ends, but it hung up');
    } finally {
      signal.removeEventListener('abort', hearStop);
      socket.end();
    }
  },
});
