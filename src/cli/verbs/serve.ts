import {serveRuns} from '../../report/runs-server.js';
import {openStore} from '../../stores/open.js';
import {type Command, flag, runsFolder, UsageError, wholeNumber} from '../command.js';
import {pastRunOptions} from '../edge.js';
import {storeFolder} from '../project.js';
import {openPage} from '../view/open-page.js';
import {style} from '../view/style.js';

const defaultPort = 4400;

export const command: Command = {
  name: 'serve',
  summary: 'Shows all runs in a browser, live, to this machine only; nothing can be changed there. Ctrl-C ends it.',
  usage: 'serve [options]',
  options: {
    port: {type: 'string', short: 'p', value: 'N', description: `port on 127.0.0.1, 0 for any (default: ${defaultPort})`},
    open: {type: 'boolean', description: 'open the page in a browser'},
    ...pastRunOptions,
  },
  examples: ['pipeline serve --open', 'pipeline serve --port 8000 --runs ../other/runs --store ../other/.tfpipe/store'],
  run: async (invocation) => {
    if (invocation.positionals.length > 0)
      throw new UsageError(`Expected no argument, got \`${invocation.positionals[0]}\``, 'Such as: pipeline serve --open');
    const port = wholeNumber(invocation, 'port', 0) ?? defaultPort;
    if (port > 65_535) throw new UsageError(`Expected --port to be at most 65535, got \`${port}\``);
    const served = {folder: runsFolder(invocation), store: await openStore(storeFolder(invocation))};
    const server = await serveRuns({...served, port}).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new UsageError(
          `Expected port ${port} to be free, but something is there`,
          `Another port: pipeline serve --port ${port + 1}; or any: --port 0`,
        );
      if (error.code === 'EACCES')
        throw new UsageError(`Expected a port that you may use, got ${port}`, 'Ports from 1024 on are for everybody.');
      throw error;
    });
    process.stdout.write(`runs are at ${server.url}\n${style.dim('Ctrl-C ends it')}\n`);
    if (flag(invocation, 'open')) openPage(server.url);
    await interrupted();
    await server.close();
    return 0;
  },
};

const interrupted = (): Promise<void> =>
  new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
