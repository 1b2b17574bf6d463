/** A text that values come from: a recipe file, or one `--set` argument (named `--set`). */
export interface Source {
  /** Path as the user gave it, or `--set`. */
  readonly name: string;
  readonly text: string;
}

/** Characters `start..end` (UTF-16 offsets, end exclusive) of a source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

const starts = new WeakMap<Source, readonly number[]>();

/** Offsets at which lines start, found once a source. */
function lineStarts(source: Source): readonly number[] {
  const known = starts.get(source);
  if (known) return known;
  const found = [0];
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) found.push(at + 1);
  starts.set(source, found);
  return found;
}

/** 1-based line and column of an offset, and the whole line it stands in. */
export function positionOf(source: Source, offset: number): {line: number; column: number; text: string} {
  const lines = lineStarts(source);
  let low = 0;
  for (let high = lines.length; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as number) <= offset) low = middle;
    else high = middle;
  }
  const start = lines[low] as number;
  const next = lines[low + 1];
  const text = source.text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, '');
  return {line: low + 1, column: offset - start + 1, text};
}
