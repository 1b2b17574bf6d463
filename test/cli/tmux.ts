import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {scratchFolder} from '../util/scratch.js';

/** A real terminal emulator of 100 columns and 30 rows. */
export interface Terminal {
  readonly tmux: (...args: string[]) => string;
  readonly screen: (...args: string[]) => string;
  /** Waits until the screen shows it; the screen. */
  readonly shows: (wanted: RegExp) => Promise<string>;
  readonly close: () => void;
}

export function openTerminal(cwd: string, command: string, environment: Readonly<Record<string, string>> = {}): Terminal {
  const {CI: _, NO_COLOR: __, MLFLOW_TRACKING_URI: ___, ...inherited} = process.env;
  const socket = join(scratchFolder('tmux'), 'socket');
  const options = {cwd, encoding: 'utf8', env: {...inherited, ...environment}} as const;
  const tmux = (...args: string[]): string => execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], options);
  const screen = (...args: string[]): string => tmux('capture-pane', '-p', ...args);
  tmux('new-session', '-d', '-x', '100', '-y', '30', command);
  return {
    tmux,
    screen,
    shows: async (wanted) => {
      for (const end = Date.now() + 60_000; Date.now() < end; await wait(50)) {
        const shown = screen();
        if (wanted.test(shown)) return shown;
      }
      throw new Error(`Expected the screen to show ${wanted}, got\n${screen()}`);
    },
    close: () => void tmux('kill-server'),
  };
}
