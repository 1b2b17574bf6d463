import type {TrackerAddresses} from '../../trackers/follow.js';
import {type Started, startServer, stopServer} from '../../trackers/mlflow/server.js';
import {type Command, flag, type Invocation, text, UsageError, wholeNumber} from '../command.js';
import {openPage} from '../view/open-page.js';
import {style} from '../view/style.js';

/** Where the server of a project keeps its runs, unless told otherwise. */
const defaults = {folder: '.mlflow', port: 5000} as const;

export const command: Command = {
  name: 'mlflow',
  summary: 'Starts an MLflow server for this machine only, with its store in .mlflow/; Ctrl-C ends it.',
  usage: 'mlflow [options]',
  options: {
    port: {type: 'string', short: 'p', value: 'N', description: `port on 127.0.0.1 (default: ${defaults.port})`},
    folder: {type: 'string', value: 'FOLDER', default: defaults.folder, description: 'where runs and artifacts are kept'},
    open: {type: 'boolean', description: 'open the page in a browser'},
    stop: {type: 'boolean', description: 'end the server that `pipeline run --ui` left running'},
  },
  examples: ['pipeline mlflow', 'pipeline mlflow --port 5001 --open', 'pipeline mlflow --stop'],
  run: async (invocation) => {
    const folder = text(invocation, 'folder') ?? defaults.folder;
    if (flag(invocation, 'stop')) {
      const stopped = await stopServer(folder);
      process.stdout.write(stopped ? 'the server was ended\n' : `no server was started with ${folder}\n`);
      return stopped ? 0 : 1;
    }
    const port = wholeNumber(invocation, 'port', 1) ?? defaults.port;
    process.stderr.write(`${style.dim('starting MLflow…')}\n`);
    const server = usable(await startServer({folder, port, stays: false}), port);
    process.stdout.write(`MLflow is at ${server.url}${server.status === 'there' ? ', as before' : `, its store in ${folder}`}\n`);
    process.stdout.write(`${style.dim(`in another terminal: export MLFLOW_TRACKING_URI=${server.url}`)}\n`);
    if (flag(invocation, 'open')) openPage(experiments(server.url));
    await server.ended;
    return 0;
  },
};

/** The server on which `run --ui` shows its run: the one that is set, or a local one that stays after the run. */
export async function uiServer(invocation: Invocation, notice: (line: string) => void): Promise<TrackerAddresses> {
  const set = text(invocation, 'mlflow') ?? process.env['MLFLOW_TRACKING_URI'];
  if (set) {
    openPage(experiments(set));
    return {mlflow: set};
  }
  const {folder, port} = defaults;
  const server = usable(await startServer({folder, port, stays: true}), port);
  notice(`MLflow is at ${server.url}${server.status === 'started' ? '; `pipeline mlflow --stop` ends it' : ''}`);
  openPage(experiments(server.url));
  return {mlflow: server.url};
}

const experiments = (url: string): string => `${url.replace(/\/+$/, '')}/#/experiments?workflowType=machine_learning`;

type Usable = Extract<Started, {readonly url: string}>;

function usable(started: Started, port: number): Usable {
  switch (started.status) {
    case 'started':
    case 'there':
      return started;
    case 'missing':
      throw new UsageError('Expected `mlflow` or `uvx` on the PATH, got neither', 'Install it: pip install mlflow');
    case 'taken':
      throw new UsageError(
        `Expected port ${port} to be free or MLflow's, got something else there`,
        `Another port: pipeline mlflow --port ${port + 1}`,
      );
    case 'interrupted':
      throw new UsageError("Expected MLflow's server to start, got Ctrl-C");
    case 'failed':
      throw new UsageError("Expected MLflow's server to start, got the end of its log:", started.log);
    default:
      return started satisfies never;
  }
}
