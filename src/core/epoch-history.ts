/** One line a finished epoch: its number and all figures known of it. */
export type EpochFigures = Readonly<Record<string, number>> & {readonly epoch: number};

/** The history as a table: a column a figure, `null` where an epoch has none. */
export function historyColumns(history: readonly EpochFigures[]): Record<string, (number | null)[]> {
  const names = new Set(['epoch', ...history.flatMap((figures) => Object.keys(figures))]);
  return Object.fromEntries([...names].map((name) => [name, history.map((figures) => figures[name] ?? null)]));
}
