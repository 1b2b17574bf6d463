import type {Command, Option} from '../command.js';

/** Meaning of the word at the cursor, and the facts known from the words before it. */
export type Wanted =
  | {readonly kind: 'verb'}
  | {readonly kind: 'option'; readonly command: Command}
  /** A value: its placeholder as `--help` shows it, such as `STAGE`, or the words there are. */
  | {readonly kind: 'value'; readonly of: string; readonly option?: string; readonly choices?: readonly string[]};

export interface Before {
  /** By name; of an option given several times, the last. */
  readonly values: Readonly<Record<string, string>>;
  readonly positionals: readonly string[];
}

/** The words of a line as a shell splits it, for the part before the cursor; the last is the word at the cursor, perhaps empty. */
export function splitLine(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [part, single, double, escaped, space] of line.matchAll(
    /'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(.)|(\s+)|[^\s'"\\]+|\\$/g,
  )) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? double?.replace(/\\(.)/g, '$1') ?? escaped ?? part);
  }
  return [...words, word ?? ''];
}

/** Reads the words after a verb. The last of `words` is the one at the cursor. */
export function wantedOf(
  command: Command,
  words: readonly string[],
): {readonly wanted: Wanted; readonly before: Before; readonly prefix: string} {
  const values: Record<string, string> = {};
  const positionals: string[] = [];
  let open: string | undefined;
  for (const word of words.slice(0, -1)) {
    const [, name, given] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (open !== undefined) {
      values[open] = word;
      open = undefined;
    } else if (name === undefined) positionals.push(word);
    else {
      const found = optionOf(command, name);
      if (found && given !== undefined) values[found[0]] = given;
      else if (found?.[1].type === 'string') open = found[0];
    }
  }
  const last = words.at(-1) ?? '';
  const before = {values, positionals};
  const [, named, begun] = /^--([\w-]+)=(.*)$/s.exec(last) ?? [];
  const option = open ?? (named !== undefined ? optionOf(command, named)?.[0] : undefined);
  const prefix = open === undefined && begun !== undefined ? begun : last;
  if (option !== undefined) {
    const {value = 'VALUE', choices} = command.options[option] as Option;
    return {wanted: {kind: 'value', of: value, option, ...(choices && {choices})}, before, prefix};
  }
  if (last.startsWith('-')) return {wanted: {kind: 'option', command}, before, prefix: last};
  const places = argumentsOf(command);
  const place = places[positionals.length] ?? (places.at(-1)?.endsWith('...') ? places.at(-1) : undefined);
  const of = place?.replace('...', '') ?? '';
  return {wanted: {kind: 'value', of, ...(/^[a-z]+$/.test(of) && {choices: [of]})}, before, prefix: last};
}

const optionOf = ({options}: Command, name: string): readonly [string, Option] | undefined =>
  Object.entries(options).find(([long, {short}]) => long === name || short === name);

/** The arguments that a usage names: `why STAGE [RECIPE] [options]` → `STAGE`, `RECIPE`; `sync [RUN...]` → `RUN...`. */
function argumentsOf({usage}: Command): readonly string[] {
  const [call = '', about = ''] = usage.split(/ {3,}/);
  const words = call
    .replace(/ --\w+ [A-Z]+/g, '')
    .split(' ')
    .slice(1)
    .map((word) => word.replace(/[[\]]/g, ''))
    .filter((word) => word !== 'options');
  return words.map((word) =>
    word === 'STAGE' && about.includes('STAGE.OUTPUT') ? 'EDGE' : word === 'STAGE.OUTPUT' ? 'EDGE' : word,
  );
}
