import type {CheckFailed} from '../../core/events.js';
import type {Diagnostic} from '../../recipe/diagnostic.js';
import {positionOf, type Source, type Span} from '../../recipe/read/source.js';
import {printable} from '../../recipe/wording.js';
import {style} from './style.js';
import {type Cell, cellsOf} from './text-width.js';

/** Columns of source text that are shown of a line. */
const WINDOW = 100;
/** UTF-16 units on either side of a culprit in which the window lies; a visible character may take a dozen. */
const NEIGHBOURHOOD = 400;

/**
 * Diagnostics as a compiler shows them: place, code, message, the line with a squiggle under the culprit, what to do, and the
 * other places that take part; a count at the end. Ends with a line break.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return '';
  return `${diagnostics.map(formatOne).join('\n')}\n${countDiagnostics(diagnostics)}\n`;
}

/** `2 errors, 1 warning` */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({severity}) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts: string[] = [];
  if (errors > 0) parts.push(style.red(`${errors} ${errors === 1 ? 'error' : 'errors'}`));
  if (warnings > 0) parts.push(style.yellow(`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`));
  return parts.join(', ');
}

function formatOne({code, severity, message, span, hint, related = []}: Diagnostic): string {
  const paint = severity === 'error' ? style.red : style.yellow;
  const gutter = Math.max(...[span, ...related.map((each) => each.span)].map((each) => labelOf(each).length));
  const lines = [
    `${style.bold(placeText(span))} ${paint(severity)} ${style.dim(code)}  ${printable(message)}`,
    ...excerpt(span, paint, gutter),
  ];
  if (hint !== undefined) lines.push(`${' '.repeat(gutter + 4)}${style.cyan(printable(hint))}`);
  for (const each of related) {
    lines.push(
      `${' '.repeat(gutter + 4)}${printable(each.message)}: ${placeText(each.span)}`,
      ...excerpt(each.span, style.cyan, gutter),
    );
  }
  return `${lines.join('\n')}\n`;
}

function placeText({source, start}: Span): string {
  const {line, column} = positionOf(source, start);
  return `${printable(source.name)}:${line}:${column}`;
}

/** Margin left of the line: its number, or the option that the argument belongs to. */
const labelOf = ({source, start}: Span): string => (isFile(source) ? String(positionOf(source, start).line) : source.name);

const isFile = ({name}: Source): boolean => name !== '--set' && name !== 'argument';

function excerpt(span: Span, paint: (text: string) => string, gutter: number): readonly string[] {
  if (span.source.text === '') return [];
  const {column, text} = positionOf(span.source, span.start);
  const from = column - 1;
  // The first of several lines is shown.
  const to = Math.max(from + 1, Math.min(text.length, from + span.end - span.start));
  // Only the neighbourhood in a line of a megabyte is looked at.
  const near = Math.max(0, from - NEIGHBOURHOOD);
  const {shown, before, under} = windowOf(cellsOf(text.slice(near, from + NEIGHBOURHOOD)), from - near, to - near, near > 0);
  const bar = style.dim('│');
  const label = labelOf(span).padStart(gutter);
  return [
    `  ${style.dim(label)} ${bar} ${shown}`.trimEnd(),
    `  ${' '.repeat(gutter)} ${bar} ${' '.repeat(before)}${paint('~'.repeat(under))}`,
  ];
}

/** A long line is cut to what stands around the culprit. */
function windowOf(
  cells: readonly Cell[],
  from: number,
  to: number,
  isCut: boolean,
): {shown: string; before: number; under: number} {
  const width = (some: readonly Cell[]): number => some.reduce((sum, cell) => sum + cell.width, 0);
  const first = cells.findIndex(({end}) => end > from);
  const start = first === -1 ? cells.length : first;
  let left = 0;
  if (width(cells) > WINDOW) {
    left = start;
    for (let room = WINDOW / 2; left > 0 && room > 0; ) room -= cells[--left]?.width ?? 0;
  }
  let right = left;
  for (let room = WINDOW; right < cells.length && room > 0; ) room -= cells[right++]?.width ?? 0;
  const shown = cells
    .slice(left, right)
    .map(({text}) => text)
    .join('');
  const lead = left > 0 || isCut ? '…' : '';
  const culprit = cells.slice(start, right).filter(({start: at}) => at < to);
  return {
    shown: `${lead}${shown}${right < cells.length ? '…' : ''}`,
    before: lead.length + width(cells.slice(left, start)),
    under: Math.max(1, width(culprit)),
  };
}

/** A check that does not hold, as a diagnostic: of the file, the line it stands in is all that is kept. */
export function failedCheck({message, place: {file, line, column, length, text}}: CheckFailed): Diagnostic {
  const source = {name: file, text: '\n'.repeat(line - 1) + text};
  const start = line - 1 + column - 1;
  return {code: 'check-failed', severity: 'error', message, span: {source, start, end: start + length}};
}

/** The same for programs: a list of plain objects, lines and columns from 1, ends exclusive. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): readonly Readonly<Record<string, unknown>>[] {
  return diagnostics.map(({code, severity, message, span, hint, related}) => ({
    code,
    severity,
    message,
    ...rangeOf(span),
    ...(hint !== undefined && {hint}),
    ...(related && {related: related.map((each) => ({message: each.message, ...rangeOf(each.span)}))}),
  }));
}

function rangeOf({source, start, end}: Span): Readonly<Record<string, unknown>> {
  const from = positionOf(source, start);
  const to = positionOf(source, end);
  return {file: source.name, line: from.line, column: from.column, endLine: to.line, endColumn: to.column};
}

/** Workflow commands, which GitHub shows beside the lines they are about. What is not in a file is shown at the recipe's start. */
export function githubAnnotations(diagnostics: readonly Diagnostic[], recipe: string): string {
  const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (value: string | number): string => escaped(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return diagnostics
    .map(({code, severity, message, span, hint, related = []}) => {
      const from = positionOf(span.source, span.start);
      const to = positionOf(span.source, span.end);
      const place = isFile(span.source)
        ? {
            file: span.source.name,
            line: from.line,
            endLine: to.line,
            ...(from.line === to.line && {col: from.column, endColumn: to.column}),
          }
        : {file: recipe, line: 1};
      const others = related.map((each) => `${each.message}: ${placeText(each.span)}`);
      const text = [
        isFile(span.source) ? message : `${span.source.name} ${span.source.text}: ${message}`,
        ...(hint ? [hint] : []),
        ...others,
      ];
      const properties = Object.entries({...place, title: code}).map(([name, value]) => `${name}=${property(value)}`);
      return `::${severity} ${properties.join(',')}::${escaped(text.map(printable).join('\n'))}\n`;
    })
    .join('');
}
