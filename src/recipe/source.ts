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

/** 1-based line and column of an offset, and the whole line it stands in. */
export function positionOf(source: Source, offset: number): {line: number; column: number; text: string} {
  const before = source.text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = source.text.indexOf('\n', offset);
  return {
    line: before.split('\n').length,
    column: offset - lineStart + 1,
    text: source.text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, ''),
  };
}
