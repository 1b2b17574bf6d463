import type {TableValue} from '../core/ports.js';
import type {StageState} from '../history/run-state.js';
import {formatFigure} from '../util/format.js';
import {type PartSource, remembered} from './figures.js';
import {type Html, html} from './html.js';

type Columns = TableValue['columns'];

/** Rows that a page shows of a table; the rest is in the file. */
const mostRows = 200;

/** Tables among the results of a stage: figures as cards where the columns are `metric` and `value`, else rows to unfold. */
export async function stageTables(
  stage: StageState,
  {results, shown}: PartSource,
): Promise<{readonly scores: readonly Html[]; readonly tables: readonly Html[]}> {
  const [scores, tables]: [Html[], Html[]] = [[], []];
  for (const [port, output] of Object.entries(stage.outputs)) {
    if (output.kind !== 'table') continue;
    const made = await remembered(shown, output.digest, async () => drawn(`${stage.name}.${port}`, await results.table(output)));
    (made.text.startsWith('<dl') ? scores : tables).push(made);
  }
  return {scores, tables};
}

function drawn(edge: string, {columns}: TableValue): Html {
  const {metric, value} = columns;
  return metric && value ? cards(edge, metric, value) : rows(edge, columns);
}

const cards = (edge: string, names: Columns[string], values: Columns[string]): Html =>
  html`<dl class="cards-of-scores" aria-label="${edge}">${names.map(
    (name, index) => html`<div class="score"><dt>${breakable(String(name))}</dt><dd>${cell(values[index])}</dd></div>`,
  )}</dl>`;

function rows(edge: string, columns: Columns): Html {
  const names = Object.keys(columns);
  const count = Math.max(0, ...Object.values(columns).map(({length}) => length));
  const body = Array.from(
    {length: Math.min(count, mostRows)},
    (_, row) => html`<tr>${names.map((name) => html`<td class="number">${cell(columns[name]?.[row])}</td>`)}</tr>`,
  );
  const note = count > mostRows && html`<p>The first ${mostRows} of ${count} rows.</p>`;
  return html`<details id="table-${edge}"><summary>${edge} <small>${count} rows</small></summary>${note}${scroll(
    edge,
    html`<table><thead><tr>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table>`,
  )}</details>`;
}

/** A long name may go on in a new line where a word of it begins. */
const breakable = (name: string): readonly Html[] =>
  name.split(/(?<=[a-z])(?=[A-Z])/).map((word, index) => (index > 0 ? html`<wbr>${word}` : html`${word}`));

const cell = (value: number | string | null | undefined): string =>
  value === null || value === undefined ? '–' : typeof value === 'number' ? formatFigure(value) : value;

/** Content that may be wider than the page; keys scroll it. */
export const scroll = (label: string, body: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;
