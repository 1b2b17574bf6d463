import {readFileSync} from 'node:fs';

/** A fenced block of a page that names commands or a file. */
export type Block =
  /** A recipe or a source whose first line is a comment with its name. */
  | {readonly kind: 'file'; readonly name: string; readonly text: string}
  | {readonly kind: 'command'; readonly command: string; readonly shown?: string}
  /** Benchmarks, and commands that a comment above the block exempts: `<!-- not run: why -->`. */
  | {readonly kind: 'exempt'; readonly commands: readonly string[]; readonly why: string};

const fence = /(?:^<!-- not run: (.+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;

/**
 * Blocks in their order: files (`# name.yaml` first), commands of `sh` blocks, commands of `console` blocks with what they print. Recipes of
 * pipelines/ train for minutes to hours: of those, `plan` takes the place of `run`, which checks the command line and the recipe.
 */
export function readPage(path: string): readonly Block[] {
  return [...readFileSync(path, 'utf8').matchAll(fence)].flatMap(([, why, language, text = '']): Block[] => {
    const [, name] = /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text) ?? [];
    if (name !== undefined && ['yaml', 'ts'].includes(language ?? '')) return [{kind: 'file', name, text}];
    const isConsole = language === 'console' || (language === '' && text.startsWith('$ '));
    if (!isConsole && language !== 'sh') return [];
    const found = isConsole ? fromConsole(text) : fromLines(text);
    if (found.every(({command}) => command.startsWith('npm run bench')))
      return [{kind: 'exempt', commands: found.map(({command}) => command), why: 'minutes of timing'}];
    if (why !== undefined) return [{kind: 'exempt', commands: found.map(({command}) => command), why}];
    return found.map((each) => ({kind: 'command', ...each}));
  });
}

const fromConsole = (text: string): readonly {readonly command: string; readonly shown: string}[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((each) => ({command: each.slice(0, each.indexOf('\n')), shown: each.slice(each.indexOf('\n') + 1)}));

/** Each line is a command; a comment after it is none. */
const fromLines = (text: string): readonly {readonly command: string}[] =>
  text
    .split('\n')
    .map((line) => line.replace(/(^|\s)# .*$/, '').trim())
    .filter((command) => command !== '')
    .map((command) => ({command: command.replace('pipeline run pipelines/', 'pipeline plan pipelines/')}));

/** Without what is another each time: names of runs, dates, durations, digests, sizes of processes, and the widths of columns that follow. */
export const lasting = (text: string): string =>
  text
    .replace(/\b\d{8}-\d{6}-([a-z][a-z-]*[a-z])(-\d+)?/g, 'RUN-$1')
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE')
    .replace(/\b(\d+ min \d\d s|[\d.]+ m?s)\b/g, 'TIME')
    .replace(/\b\d+ MB$/gm, 'MEMORY')
    .replace(/\b[0-9a-f]{12}\b/g, 'KEY')
    .replace(/ +/g, ' ')
    .replace(/ $/gm, '')
    .trim();
