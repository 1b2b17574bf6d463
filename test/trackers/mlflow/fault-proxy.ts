import {createServer, request, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';

/** What happens to one call: it passes, is never answered, its answer is lost after the server carried it out, or the proxy answers. */
export type Fault = 'none' | 'hang' | 'lost-answer' | {readonly status: number; readonly body: string};

export interface FaultProxy {
  readonly url: string;
  /** `METHOD path` of every call so far. */
  readonly calls: readonly string[];
  /** Headers of the last call. */
  readonly headers: () => Readonly<Record<string, string | string[] | undefined>>;
  close(): Promise<void>;
}

/**
 * Stands between a client and a real server and does harm, over real HTTP. `decide` is asked for every call, with how many of its
 * kind there have been; the body is known to it only when there is no server behind. A proxy that was closed comes back at its `port`.
 */
export async function faultProxy(
  target: string | undefined,
  decide: (call: string, count: number, body: string) => Fault,
  port = 0,
): Promise<FaultProxy> {
  const calls: string[] = [];
  let headers = {};
  const server: Server = createServer(async (incoming, answer) => {
    const call = `${incoming.method} ${incoming.url?.split('?')[0]}`;
    headers = incoming.headers;
    const body = target === undefined ? Buffer.concat(await incoming.toArray()).toString() : '';
    calls.push(call);
    const fault = decide(call, calls.filter((one) => one === call).length, body);
    if (typeof fault === 'object') {
      incoming.resume();
      answer.writeHead(fault.status).end(fault.body);
      return;
    }
    if (fault === 'hang') return;
    const {host, ...rest} = incoming.headers;
    const forwarded = request(new URL(incoming.url ?? '/', target), {method: incoming.method ?? 'GET', headers: rest});
    forwarded.on('response', (reply) => {
      if (fault === 'lost-answer') {
        reply.resume().on('end', () => answer.destroy());
        return;
      }
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    headers: () => headers,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** One call of five fails, in every way in turn. */
export function everyFifth(call: number): Fault {
  if (call % 5 !== 0) return 'none';
  return call % 10 === 0 ? 'lost-answer' : {status: 503, body: 'try later'};
}
