/** One option of a verb, as node:util's `parseArgs` takes it, and what `--help` says of it. */
export interface Option {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  /** Name of the value in help texts, such as `URL`. */
  readonly value?: string;
  readonly description: string;
  /** Words that it may be, where they are few. */
  readonly choices?: readonly string[];
}

export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** A verb of the command line: everything that `--help`, parsing and completions need, and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The words after `pipeline`, such as `run RECIPE [options]`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  /** Resolves to the exit code: 0 done, 1 a stage failed, 2 wrong recipe or command line, 3 a check failed, 130 interrupted. */
  run(invocation: Invocation): Promise<number>;
}

/** A command line that cannot be run: one sentence, exit code 2. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The value of a string option. */
export const text = (invocation: Invocation, name: string): string | undefined => {
  const value = invocation.values[name];
  return typeof value === 'string' ? value : undefined;
};

/** True when a flag such as `--json` stands on the command line. */
export const flag = ({values}: Pick<Invocation, 'values'>, name: string): boolean => values[name] === true;

/** Folder of runs: `--runs`, or `runs`. */
export const runsFolder = (invocation: Invocation): string => text(invocation, 'runs') ?? 'runs';

/** All values of a string option that may stand several times. */
export const texts = (invocation: Invocation, name: string): readonly string[] => {
  const value = invocation.values[name];
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
};

/** The value of a string option that must be a whole number. */
export function wholeNumber(invocation: Invocation, name: string, smallest: number): number | undefined {
  const value = text(invocation, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < smallest)
    throw new UsageError(`Expected --${name} to be a whole number of at least ${smallest}, got \`${value}\``);
  return number;
}
