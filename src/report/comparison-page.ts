import {type ComparedRow, type Comparison, deltaOf, overlaidCurves} from '../history/comparison.js';
import type {Results} from '../history/results.js';
import {formatFigure, formatSeconds} from '../util/format.js';
import {classTable, gradedOf, matrices, mistakes, summaryTable} from './classifiers.js';
import {curves, picture, titled} from './figures.js';
import {type Html, html} from './html.js';
import {pageText} from './page.js';
import {scroll} from './tables.js';

/** The comparison as a page that needs nothing else. Figures and tables are read from the runs' results; rejects when some are gone. */
export async function comparisonPage(comparison: Comparison, results: Results): Promise<string> {
  return await pageText({
    title: comparison.runs.map(({label}) => label).join(', '),
    body: await body(comparison, results),
    styles: ['report.css', 'charts.css', 'classification.css', 'compare.css'],
    scripts: ['charts.js', 'classification.js', 'report.js'],
    charts: true,
  });
}

async function body(comparison: Comparison, results: Results): Promise<Html> {
  const {runs, params} = comparison;
  const graded = await gradedOf(comparison, results);
  const panels = overlaidCurves(comparison);
  const pictures = await pictureRows(comparison, results);
  return html`<header><h1>${runs.length} runs compared</h1>${runTable(comparison)}</header>
<main>
${graded.length > 0 && titled('classifiers', 'Classifiers', summaryTable(graded))}
${titled('params', 'Params that differ', params.length > 0 ? table(comparison, 'param', params, showParam) : html`<p>None.</p>`)}
${titled('metrics', 'Metrics', metricTables(comparison))}
${panels.length > 0 && titled('curves', 'Curves', curves('overlaid', panels))}
${graded.length > 0 && titled('confusion', 'Confusion matrices', matrices(graded))}
${graded.length > 0 && titled('classes', 'By class', classTable(graded))}
${graded.some(({mistakes: found}) => found) && titled('mistakes', 'Worst mistakes', mistakes(graded))}
${pictures}
</main>
<footer>Made by tfpipe from the journals and results of the runs. All pictures and data are in this file.</footer>`;
}

function runTable({runs}: Comparison): Html {
  const rows = runs.map(({id, label, run: {started, finished}}) => {
    const {recipe, environment} = started;
    const cells = [id, recipe.path, new Date(started.time).toISOString().slice(0, 16).replace('T', ' ')];
    return html`<tr><th scope="row">${label}</th>${cells.map((text) => html`<td>${text}</td>`)}<td>${environment['commit']?.slice(0, 10)}</td><td><span class="outcome ${finished?.outcome}">${finished?.outcome ?? 'unfinished'}</span></td><td class="number">${finished && formatSeconds(finished.seconds)}</td></tr>`;
  });
  const heads = ['', 'run', 'recipe', 'began (UTC)', 'commit', 'outcome'].map((name) => html`<th scope="col">${name}</th>`);
  return scroll(
    'Runs',
    html`<table class="compared"><thead><tr>${heads}<th scope="col" class="number">took</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** A row a name, a column a run. */
function table<T>(
  {runs}: Comparison,
  what: string,
  rows: readonly ComparedRow<T>[],
  show: (value: T | undefined, first: T | undefined) => Html,
): Html {
  const heads = runs.map(({label}) => html`<th scope="col" class="number">${label}</th>`);
  const lines = rows.map(
    ({name, values}) =>
      html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td class="number">${show(value, values[0])}</td>`)}</tr>`,
  );
  return scroll(what, html`<table><thead><tr><th scope="col">${what}</th>${heads}</tr></thead><tbody>${lines}</tbody></table>`);
}

/** Longer values are broken, and stand to the left. */
const longValue = 40;

function showParam(value: unknown): Html {
  if (value === undefined || value === null) return html`–`;
  const written = typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ');
  return written.length > longValue ? html`<code class="long">${written}</code>` : html`<code>${written}</code>`;
}

/** Figures that several runs have are compared; the rest can be unfolded. */
function metricTables(comparison: Comparison): Html {
  const several = (row: ComparedRow<number>): boolean => row.values.filter((value) => value !== undefined).length > 1;
  const [shared, others] = [comparison.metrics.filter(several), comparison.metrics.filter((row) => !several(row))];
  const rest = table(comparison, 'metrics of one run', others, showMetric);
  return html`${shared.length > 0 ? table(comparison, 'metric', shared, showMetric) : html`<p>No two runs have one in common.</p>`}${
    others.length > 0 &&
    html`<details id="other-metrics"><summary>${others.length} that only one run has</summary>${rest}</details>`
  }`;
}

function showMetric(value: number | undefined, first: number | undefined): Html {
  if (value === undefined) return html`–`;
  const delta = deltaOf(value, first);
  return html`${formatFigure(value)}${delta !== undefined && html` <small>${signed(delta)}</small>`}`;
}

export const signed = (delta: number): string => `${delta > 0 ? '+' : '−'}${formatFigure(Math.abs(delta))}`;

/** Shown in a better way by other sections. */
const shownElsewhere = new Set(['visualise/curves', 'visualise/confusion-matrix', 'visualise/mistakes']);

/** Pictures of stages that belong together, beside each other. */
async function pictureRows({runs}: Comparison, results: Results): Promise<readonly Html[]> {
  const roles = [
    ...new Set(runs.flatMap(({stages}) => stages.flatMap(({role, use}) => (shownElsewhere.has(use) ? [] : [role])))),
  ];
  const rows = await Promise.all(
    roles.map(async (role) => {
      const figures = await Promise.all(
        runs.flatMap(({label, stages}) =>
          stages
            .filter((stage) => stage.role === role)
            .flatMap(({outputs}) => Object.values(outputs))
            .filter(({kind}) => kind === 'figure')
            .map(async (output) => {
              const figure = await results.figure(output);
              return html`<figure><figcaption><b>${label}</b> · ${figure.title}</figcaption>${picture(figure)}</figure>`;
            }),
        ),
      );
      return figures.length > 0 && titled(`pictures-${role}`, role, html`<div class="beside">${figures}</div>`);
    }),
  );
  return rows.filter((row) => row !== false);
}
