import {randomUUID} from 'node:crypto';
import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Plan} from '../core/plan.js';
import {panelsOf} from '../history/curves.js';
import type {Results} from '../history/results.js';
import {lastValues, type RunSummary, type StageState} from '../history/run-state.js';
import {formatBytes, formatFigure, formatSeconds} from '../util/format.js';
import {curves, figureSections, type Shown, titled} from './figures.js';
import {graph} from './graph.js';
import {definitions, header} from './header.js';
import {type Html, html} from './html.js';
import {makePage} from './page.js';
import {stageProgress} from './progress.js';
import {scroll, stageTables} from './tables.js';

interface ReportSource {
  /** Folder of the run, with its `recipe.yaml`. */
  readonly folder: string;
  readonly plan: Plan;
  readonly results: Results;
  /** Parts of the page that need no second reading between two writes. */
  readonly shown: Shown;
}

/**
 * Writes `report.html` into a run's folder, whole or not at all: one file that needs nothing else, not even a network. Resolves to the
 * page's path.
 */
export async function writeReport(source: ReportSource, run: RunSummary): Promise<string> {
  const {folder} = source;
  const recipe = await readFile(join(folder, 'recipe.yaml'), 'utf8');
  const page = await makePage({
    title: `${run.started.recipe.name} · ${run.started.runId}`,
    body: await body(source, run, recipe),
    styles: ['report.css', 'graph.css', 'charts.css', 'scatter.css', 'classification.css'],
    scripts: ['charts.js', 'scatter.js', 'classification.js', 'report.js'],
    charts: true,
  });
  const path = join(folder, 'report.html');
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, page.pieces);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  return path;
}

/** Stages whose tables a page shows. */
const mostTabled = 500;

async function body(source: ReportSource, run: RunSummary, recipe: string): Promise<Html> {
  const {plan} = source;
  const {stages, load, started} = run;
  const tabled = stages.filter(({outputs}) => Object.values(outputs).some(({kind}) => kind === 'table'));
  const tables = await Promise.all(tabled.slice(0, mostTabled).map((stage) => stageTables(stage, source)));
  const scores = tables.flatMap((each) => each.scores);
  const others = tables.flatMap((each) => each.tables);
  const drawn = drawnStages(stages);
  const atWork = stages.filter(({name, result}) => !drawn.has(name) || (result !== 'done' && result !== 'cached'));
  const machine = panelsOf(load, 'look, every 10 s', 'machine');
  return html`${header(run, Date.now())}
<main>
${failures(stages)}
${titled('graph', 'Pipeline', graph(stages, plan))}
${scores.length > 0 && titled('scores', 'Scores', html`${scores}`)}
${await Promise.all(atWork.map((stage) => stageProgress(stage, source)))}
${await Promise.all(stages.map((stage) => figureSections(stage, source)))}
${others.length > 0 && titled('tables', 'Tables', html`${others}${tabled.length > mostTabled && html`<p>Those of ${mostTabled} stages. The tables of ${tabled.length - mostTabled} more are among the results below.</p>`}`)}
${titled('stages', 'Stages', stageTable(stages))}
${titled('recipe', 'Recipe', recipeSection(plan, started.recipe.path, recipe))}
${titled('environment', 'Environment', html`${definitions(started.environment)}${machine.length > 0 && html`<details id="load"><summary>How busy the machine was</summary>${curves('machine-load', machine)}</details>`}`)}
${titled('artifacts', 'Results', artifacts(stages))}
</main>
<footer>Made by tfpipe from the run's journal. All pictures and data are in this file; results are links into the run's folder.</footer>`;
}

/** Stages of whose reports a chart has been made by one after them. */
const drawnStages = (stages: readonly StageState[]): ReadonlySet<string> =>
  new Set(stages.filter(({use, outputs}) => use === 'visualise/curves' && 'figure' in outputs).flatMap(({after}) => after));

function failures(stages: readonly StageState[]): readonly Html[] {
  return stages.flatMap(({name, message, failure}) =>
    failure && message !== undefined
      ? [
          titled(
            `failure-${name}`,
            `${name} failed`,
            html`<p class="failure">${message}</p>${failure.tail !== '' && html`<details id="tail-${name}"><summary>What it wrote last</summary><pre tabindex="0">${failure.tail}</pre></details>`}`,
          ),
        ]
      : [],
  );
}

function stageTable(stages: readonly StageState[]): Html {
  const rows = stages.map((stage) => {
    const figures = Object.entries(lastValues(stage)).map(
      ([name, value]) => html`<span class="figure">${name} <b>${formatFigure(value)}</b></span> `,
    );
    const times = [
      stage.seconds === undefined ? '' : formatSeconds(stage.seconds),
      stage.peakBytes === undefined ? '' : formatBytes(stage.peakBytes),
    ].map((each) => html`<td class="number">${each}</td>`);
    return html`<tr><th scope="row">${stage.name}</th><td class="use">${stage.use}</td><td><span class="result ${stage.result}">${stage.result === 'waiting' ? 'not run' : stage.result}</span></td>${times}<td>${stage.message ?? figures}</td></tr>`;
  });
  const heads = ['stage', 'type', 'result', 'time', 'peak memory', 'last figures'].map(
    (name) => html`<th scope="col">${name}</th>`,
  );
  return scroll('Stages', html`<table class="stages"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`);
}

/** The finished recipe with the origin of every value, and the file as it was. */
function recipeSection({resolved = []}: Plan, path: string, recipe: string): Html {
  const lines = resolved.map(([line, origin]) => html`<tr><td><code>${line}</code></td><td class="origin">${origin}</td></tr>`);
  return html`<details id="resolved"><summary>Resolved, with the origin of every value</summary>${scroll('Resolved recipe', html`<table class="resolved"><thead><tr><th scope="col">value</th><th scope="col">origin</th></tr></thead><tbody>${lines}</tbody></table>`)}</details>
<details id="source"><summary>${path}, as it was</summary><pre tabindex="0"><code>${recipe}</code></pre></details>`;
}

/** Links into the run's folder. */
function artifacts(stages: readonly StageState[]): Html {
  const rows = stages.flatMap(({name, outputs}) =>
    Object.entries(outputs).map(([port, {kind, files}]) => {
      const links = files.map(
        (file) =>
          html`<li><a href="artifacts/${[name, port, file.name].map(encodeURIComponent).join('/')}">${file.name}</a> <small>${formatBytes(file.bytes)}</small></li>`,
      );
      return html`<tr><th scope="row">${name}.${port}</th><td class="use">${kind}</td><td><ul class="files">${links}</ul></td></tr>`;
    }),
  );
  const heads = ['edge', 'kind', 'files'].map((name) => html`<th scope="col">${name}</th>`);
  const extra = ['recipe.yaml', 'plan.json', 'events.ndjson'].map((name) => html`<li><a href="${name}">${name}</a></li>`);
  return html`${rows.length > 0 && scroll('Results', html`<table class="results"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`)}<ul class="files of-run" aria-label="Files of the run">${extra}</ul>`;
}
