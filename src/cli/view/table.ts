import {style} from './style.js';
import {widthOf} from './text-width.js';

/** Rows in columns two spaces apart, under a dim header; colours take no room. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const draw = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd();
  return [header.map(style.dim), ...rows].map((row) => `${draw(row)}\n`).join('');
}

/** "2026-11-23 18:40", in local time. */
export function formatTime(milliseconds: number): string {
  const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16).replace('T', ' ');
}
