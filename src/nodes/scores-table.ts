import type {TableType, TableValue} from '../core/ports.js';

/** Type of a table with a row a metric. */
export const scoresType: TableType = {kind: 'table', columns: ['metric', 'value']};

export const scoresTable = (scores: Readonly<Record<string, number>>): TableValue => ({
  kind: 'table',
  columns: {metric: Object.keys(scores), value: Object.values(scores)},
});
