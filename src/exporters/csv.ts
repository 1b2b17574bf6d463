import type {Exporter} from '../core/exporter.js';
import type {HostTensor} from '../core/host-tensor.js';
import type {TableValue} from '../core/ports.js';
import {fileName, groupsOf, tensorKinds} from './tensors.js';

/** A file a table, or a tensor of up to two axes. */
export const csv: Exporter = {
  format: 'csv',
  takes: [...tensorKinds, 'table'],
  files: async (stem, value) => {
    if (value.kind === 'table') return [{name: `${stem}.csv`, content: csvOf(value.columns)}];
    return (await groupsOf(stem, value)).flatMap(([name, tensors]) =>
      Object.entries(tensors)
        .filter(([, {shape}]) => shape.length <= 2)
        .map(([tensor, values]) => ({
          name: `${name}-${fileName(tensor)}.csv`,
          content: csvOf(matrixColumns(tensor, values)),
        })),
    );
  },
};

/** A column an entry of the second axis: `codes0`, `codes1`, …; one column for a vector. */
function matrixColumns(name: string, {shape, data}: HostTensor): TableValue['columns'] {
  const [rows = 1, across = 1] = shape;
  return Object.fromEntries(
    Array.from({length: across}, (_, column) => [
      shape.length < 2 ? name : `${name}${column}`,
      Array.from({length: rows}, (_, row) => data[row * across + column] ?? null),
    ]),
  );
}

/** RFC 4180: a header, values quoted where they must be, nothing for what is absent. */
function csvOf(columns: TableValue['columns']): string {
  const cell = (value: string | number | null): string =>
    value === null ? '' : /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const all = Object.values(columns);
  const length = Math.max(0, ...all.map((column) => column.length));
  const rows = Array.from({length}, (_, row) => all.map((column) => cell(column[row] ?? null)).join(','));
  return `${[Object.keys(columns).map(cell).join(','), ...rows].join('\r\n')}\r\n`;
}
