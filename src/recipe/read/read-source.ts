import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {Problems} from '../problems.js';
import {nearest, quote, quoteAll} from '../wording.js';
import type {Source, Span} from './source.js';

/** Recipes are written by hand; a file of this size is something else. */
const MOST_BYTES = 1 << 20;

/**
 * Reads a recipe file as text, its byte order mark dropped; `undefined` after reporting why it cannot be read. What cannot be read
 * has no lines to show: the culprit is where the path stands, or else the argument. `what` it is, messages say.
 */
export async function readSource(
  path: string,
  problems: Problems,
  at: Span = {source: {name: 'argument', text: path}, start: 0, end: path.length},
  what: 'recipe' | 'file of params' = 'recipe',
): Promise<Source | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const recipes = await recipesIn(path);
      const hint =
        recipes.length > 0 ? `YAML files there: ${quoteAll(recipes.slice(0, 8).map((name) => join(path, name)))}.` : undefined;
      problems.error('recipe-unreadable', at, `Expected ${quote(path)} to be a ${what}, got a folder`, {hint});
      return undefined;
    }
    if (!found.isFile()) {
      problems.error('recipe-unreadable', at, `Expected ${quote(path)} to be a ${what}, got a device or pipe`);
      return undefined;
    }
    if (found.size > MOST_BYTES) {
      problems.error('recipe-too-large', at, `Expected a ${what} of at most 1 MiB, got ${(found.size / 2 ** 20).toFixed(1)} MiB`);
      return undefined;
    }
    return decode(path, await readFile(path), problems);
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      problems.error('recipe-not-found', at, `Expected a ${what} at ${quote(path)}, got no such file`, {
        hint: await otherName(path),
      });
    } else problems.error('recipe-unreadable', at, `Expected ${quote(path)} to be readable, got ${code ?? String(error)}`);
    return undefined;
  }
}

function decode(name: string, bytes: Uint8Array, problems: Problems): Source | undefined {
  try {
    const source = {name, text: new TextDecoder('utf-8', {fatal: true}).decode(bytes)};
    const nul = source.text.indexOf('\0');
    if (nul === -1) return source;
    problems.error('not-text', {source, start: nul, end: nul + 1}, 'Expected text, got a NUL character');
  } catch {
    // The replacement marks the first bytes that are not UTF-8, unless the text has that character itself.
    const source = {name, text: new TextDecoder('utf-8').decode(bytes)};
    const start = firstBadCharacter(bytes, source.text);
    const hint = 'Save the file as UTF-8.';
    problems.error('not-text', {source, start, end: start + 1}, 'Expected UTF-8 text, got bytes that are not', {hint});
  }
  return undefined;
}

/** Where decoding first fails: the longest prefix that decodes, by bisection. */
function firstBadCharacter(bytes: Uint8Array, text: string): number {
  let good = 0;
  let bad = bytes.length;
  const decodes = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', {fatal: true}).decode(bytes.subarray(0, length), {stream: true});
      return true;
    } catch {
      return false;
    }
  };
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle)) good = middle;
    else bad = middle;
  }
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, good), {stream: true}).length;
  return Math.max(0, Math.min(before, text.length - 1));
}

async function recipesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /\.ya?ml$/.test(name)).sort();
}

async function otherName(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = await recipesIn(folder);
  const inFolder = (name: string): string => (folder === '.' ? name : join(folder, name));
  const wanted = basename(path);
  const near = nearest(wanted, names) ?? names.find((name) => name.replace(/\.ya?ml$/, '') === wanted.replace(/\.\w+$/, ''));
  if (near !== undefined) return `Did you mean ${quote(inFolder(near))}?`;
  if (names.length > 0) return `YAML files there: ${quoteAll(names.slice(0, 8).map(inFolder))}.`;
  return (await stat(folder).catch(() => undefined)) ? undefined : `There is no folder ${quote(folder)} either.`;
}
