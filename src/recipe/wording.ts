import leven from 'leven';

/** Longest piece of a value that a message quotes. */
const LONGEST_QUOTE = 60;

/** ``\`1.5\` (number)``: a value as messages show it, with the name YAML users have for its type. */
export function showValue(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length} ${value.length === 1 ? 'item' : 'items'}`;
  if (typeof value === 'object') {
    const names = Object.keys(value);
    return names.length === 0
      ? 'an empty mapping'
      : `a mapping with ${quoteAll(names.slice(0, 3))}${names.length > 3 ? ', …' : ''}`;
  }
  return value === '' ? quote(value) : `${quote(String(value))} (${typeof value})`;
}

/** A name between backquotes, shortened; control characters never reach the terminal. */
export function quote(text: string): string {
  if (text === '') return 'an empty text';
  const visible = printable(text);
  return `\`${visible.length > LONGEST_QUOTE ? `${visible.slice(0, LONGEST_QUOTE)}…` : visible}\``;
}

export const quoteAll = (names: readonly string[]): string => names.map(quote).join(', ');

/** `a`, `b` or `c` */
export function oneOf(names: readonly string[]): string {
  const quoted = names.map(quote);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** Control characters (and what turns text around) as `\u001b`, so that a recipe cannot drive the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The nearest of `candidates` to a misspelt name, or `undefined` when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_ ./]/g, '');
  const wanted = name.slice(0, 64);
  let best: {candidate: string; distance: number} | undefined;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const distance = plain(wanted) === plain(candidate) ? 0 : distanceBetween(wanted, candidate);
    if (distance <= allowedDistance(wanted) && (!best || distance < best.distance)) best = {candidate, distance};
  }
  return best?.candidate;
}

const allowedDistance = (name: string): number => (name.length < 2 ? 0 : Math.min(4, Math.max(1, Math.ceil(name.length / 3))));

function distanceBetween(name: string, candidate: string): number {
  // A name cut short or drawn out is nearer than its letters say.
  const extends_ = name.length >= 3 && (candidate.startsWith(name) || name.startsWith(candidate)) && candidate.length >= 3;
  return extends_ ? 1 : leven(name, candidate.slice(0, 64));
}

/** "Did you mean `epochs`?", or else what there is to choose from. */
export function suggest(name: string, candidates: readonly string[], what: string): string | undefined {
  const near = nearest(name, candidates);
  if (near !== undefined) return `Did you mean ${quote(near)}?`;
  if (candidates.length === 0) return undefined;
  const shown = candidates.slice(0, 12);
  return `${what}: ${quoteAll(shown)}${candidates.length > shown.length ? `, and ${candidates.length - shown.length} more` : ''}.`;
}
