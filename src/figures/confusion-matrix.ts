import {escapeXml, rasterise, svgDocument, svgText} from './svg.js';
import {theme} from './theme.js';

interface ConfusionPicture {
  readonly title: string;
  readonly classes: readonly string[];
  /** Examples by their class (row) and the one they are taken for (column). */
  readonly counts: readonly (readonly number[])[];
}

const margin = 20;
const cell = {width: 54, height: 34};
/** Blue for what is right, orange for what is not, mixed with paper. */
const colours = {right: [0, 114, 178], wrong: [213, 94, 0]} as const;

/** A confusion matrix as PNG: counts, each shaded by its share of the row; recall and precision at the edges. */
export async function confusionPicture({title, classes, counts}: ConfusionPicture): Promise<Uint8Array> {
  const longest = 7.4 * Math.max(...classes.map((name) => name.length));
  const [left, top] = [margin + longest + 14, margin + 34 + longest * 0.72 + 14];
  const [columnAt, rowAt] = [
    (index: number) => left + index * cell.width + (index >= classes.length ? 8 : 0),
    (index: number) => top + index * cell.height + (index >= classes.length ? 8 : 0),
  ];
  const text = (column: number, row: number, value: string, muted = false): string =>
    svgText(columnAt(column) + cell.width / 2, rowAt(row) + cell.height / 2 + 5, value, {
      size: 13,
      anchor: 'middle',
      colour: muted ? theme.muted : theme.ink,
    });
  const parts = [svgText(margin, margin + 12, title, {size: 16, weight: 600})];
  for (const [index, name] of [...classes, 'recall'].entries())
    parts.push(slanted(columnAt(index) + cell.width / 2, top - 10, name, index === classes.length));
  for (const [index, name] of [...classes, 'precision'].entries())
    parts.push(
      svgText(left - 12, rowAt(index) + cell.height / 2 + 5, name, {
        size: 13,
        anchor: 'end',
        colour: index === classes.length ? theme.muted : theme.ink,
      }),
    );
  for (const [row, line] of counts.entries()) {
    const whole = sum(line);
    for (const [column, count] of line.entries()) {
      const fill = shade(whole === 0 ? 0 : count / whole, row === column);
      parts.push(
        `<rect x="${columnAt(column) + 1}" y="${rowAt(row) + 1}" width="${cell.width - 2}" height="${cell.height - 2}" rx="3" fill="${fill}"/>`,
      );
      if (count > 0) parts.push(text(column, row, String(count)));
    }
    parts.push(text(classes.length, row, percent(line[row] ?? 0, whole), true));
    parts.push(text(row, classes.length, percent(line[row] ?? 0, sum(counts.map((other) => other[row] ?? 0))), true));
  }
  const right = sum(counts.map((line, row) => line[row] ?? 0));
  parts.push(text(classes.length, classes.length, percent(right, sum(counts.map(sum)))));
  const [width, height] = [columnAt(classes.length + 1) + margin + longest * 0.3, rowAt(classes.length + 1) + margin];
  return rasterise(svgDocument(Math.ceil(width), Math.ceil(height), parts.join('')));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

/** The root of the share, so that rare mistakes are seen; half of the full colour at most, so that ink stays readable. */
function shade(share: number, right: boolean): string {
  const part = 0.5 * Math.sqrt(share);
  const mixed = colours[right ? 'right' : 'wrong'].map((channel) => Math.round(255 + (channel - 255) * part));
  return share === 0 ? '#f6f7f9' : `rgb(${mixed.join(',')})`;
}

const slanted = (x: number, y: number, name: string, muted: boolean): string =>
  `<text transform="translate(${x} ${y}) rotate(-45)" font-family="${theme.font}" font-size="13" fill="${muted ? theme.muted : theme.ink}">${escapeXml(name)}</text>`;
