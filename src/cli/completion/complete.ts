import type {Command} from '../command.js';
import {type Candidate, candidatesOf, type Paths} from './candidates.js';
import {splitLine, wantedOf} from './words.js';

export type Verbs = Readonly<Record<string, {readonly summary: string; readonly load: () => Promise<{command: Command}>}>>;

/**
 * Answers the scripts of `pipeline completion`: the words after `pipeline`, or `--line` and the line up to the cursor, of which
 * the words before `pipeline` are dropped. The answer's first line is `words`, `files` or `folders`, a tab, and the word at the cursor; each
 * other is a candidate, with what is said of it after a tab.
 */
export async function answer(verbs: Verbs, args: readonly string[]): Promise<string> {
  const words = args[0] === '--line' ? afterPipeline(splitLine(args[1] ?? '')) : args;
  const {found, prefix, lead = ''} = await complete(verbs, words.length > 0 ? words : ['']);
  const begun = `${lead}${prefix}`;
  if (typeof found === 'string') return `${found}\t${begun}\n`;
  const fitting = found.filter(([word]) => word.startsWith(prefix));
  const lines = fitting.map(([word, about]) => `${lead}${word}${about ? `\t${about.replace(/\s+/g, ' ')}` : ''}\n`);
  return `words\t${begun}\n${lines.join('')}`;
}

const afterPipeline = (words: readonly string[]): readonly string[] =>
  words.slice(words.findIndex((word) => /(^|\/)pipeline(\.js)?$/.test(word)) + 1);

interface Completed {
  readonly found: readonly Candidate[] | Paths;
  readonly prefix: string;
  /** The part of the word before the prefix, such as `--set=`. */
  readonly lead?: string;
}

async function complete(verbs: Verbs, words: readonly string[]): Promise<Completed> {
  const [name = '', ...rest] = words;
  const summaries = Object.entries(verbs).map(([verb, {summary}]): Candidate => [verb, summary]);
  if (rest.length === 0 && name.startsWith('-')) return {found: [['--help'], ['--version']], prefix: name};
  if (rest.length === 0) return {found: [...summaries, ['help', 'what a command does']], prefix: name};
  if (name === 'help') return {found: rest.length === 1 ? summaries : [], prefix: rest.at(-1) ?? ''};
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) return {found: [], prefix: rest.at(-1) ?? ''};
  const {command} = await verb.load();
  const {wanted, before, prefix} = wantedOf(command, rest);
  if (wanted.kind === 'value') {
    const lead = (rest.at(-1) ?? '').slice(0, -prefix.length || undefined);
    return {found: await candidatesOf(wanted, before, prefix), prefix, lead: prefix === rest.at(-1) ? '' : lead};
  }
  const options = Object.entries(command.options).map(([option, {description}]): Candidate => [`--${option}`, description]);
  return {found: [...options, ['--help', 'show this']], prefix};
}
