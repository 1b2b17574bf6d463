import {randomUUID} from 'node:crypto';
import {readFile, rename, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {RunEvent, RunListener, StageOutput} from '../runner/events.js';
import {formatBytes, formatFigure, formatSeconds} from '../util/format.js';
import {graph} from './graph.js';
import {embedJsonText, embedScript, Html, html} from './html.js';
import {type RunSummary, type StageSummary, summarise} from './run-summary.js';

/** Collects a run's events and writes its page. */
export function reportWriter(folder: string): {readonly listener: RunListener; readonly write: () => Promise<string>} {
  const events: RunEvent[] = [];
  return {
    listener: (event) => {
      if (event.type !== 'stage-progress') events.push(event);
    },
    write: () => writeReport(folder, events),
  };
}

/** Writes `report.html` into a run's folder: one file that needs nothing else, not even a network. Resolves to its path. */
export async function writeReport(folder: string, events: readonly RunEvent[]): Promise<string> {
  const summary = summarise(events);
  const recipe = await readFile(join(folder, 'recipe.yaml'), 'utf8');
  const page = await reportPage(summary, recipe);
  const path = join(folder, 'report.html');
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, page);
  await rename(temporary, path);
  return path;
}

async function reportPage(run: RunSummary, recipe: string): Promise<string> {
  const figures = await figureSections(run.stages);
  const tables = await scoreTables(run.stages);
  const [styles, scripts] = await Promise.all([
    clientFiles('report.css', 'graph.css', 'classification.css'),
    clientFiles('classification.js', 'report.js'),
  ]);
  const libraries = figures.kinds.has('vega-lite') ? await vegaLibraries() : [];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'">
<title>${run.started.recipe.name} · ${run.started.runId}</title>
<style>${new Html(styles)}</style>
</head>
<body>
${header(run)}
<main>
<section aria-labelledby="graph"><h2 id="graph">Pipeline</h2>${graph(run.stages)}</section>
${tables.length > 0 && html`<section aria-labelledby="scores"><h2 id="scores">Scores</h2><div class="scores">${tables}</div></section>`}
${figures.sections}
<section aria-labelledby="stages"><h2 id="stages">Stages</h2>${stageTable(run.stages)}</section>
<section aria-labelledby="recipe"><h2 id="recipe">Recipe</h2><details><summary>${run.started.recipe.path}</summary><pre tabindex="0"><code>${recipe}</code></pre></details></section>
<section aria-labelledby="environment"><h2 id="environment">Environment</h2>${definitions(run.started.environment)}</section>
</main>
<footer>Made by tfpipe from the run's journal. All pictures and data are in this file.</footer>
${libraries.map((library) => html`<script>${library}</script>\n`)}<script>${embedScript(scripts)}</script>
</body>
</html>
`;
  return page.text;
}

function header({started, finished}: RunSummary): Html {
  const outcome = finished?.outcome ?? 'running';
  const {recipe, environment, stages} = started;
  const precisions = [
    ...new Set(stages.flatMap((stage) => (typeof stage.with['precision'] === 'string' ? [stage.with['precision']] : []))),
  ];
  const facts = {
    started: new Date(started.time).toISOString().replace('T', ' ').slice(0, 19).concat(' UTC'),
    ...(finished && {took: formatSeconds(finished.seconds)}),
    seed: String(recipe.seed),
    ...(environment['backend'] && {backend: environment['backend']}),
    ...(precisions.length > 0 && {precision: precisions.join(', ')}),
    ...(environment['commit'] && {commit: environment['commit'].slice(0, 10)}),
  };
  const params = Object.entries(recipe.params).map(
    ([name, value]) => html`<li><span>${name}</span> ${typeof value === 'string' ? value : JSON.stringify(value)}</li>`,
  );
  return html`<header><p class="outcome ${outcome}">${outcome}</p><h1>${recipe.name}</h1>${definitions(facts)}<ul class="params" aria-label="Params">${params}</ul></header>`;
}

const definitions = (facts: Readonly<Record<string, string>>): Html =>
  html`<dl>${Object.entries(facts).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;

function stageTable(stages: readonly StageSummary[]): Html {
  const rows = stages.map((stage) => {
    const figures = Object.entries(stage.metrics.at(-1)?.values ?? {}).map(
      ([name, value]) => html`<span class="figure">${name} <b>${formatFigure(value)}</b></span> `,
    );
    return html`<tr><th scope="row">${stage.name}</th><td class="use">${stage.use}</td><td><span class="result ${stage.result}">${stage.result}</span></td><td class="number">${stage.seconds === undefined ? '' : formatSeconds(stage.seconds)}</td><td class="number">${stage.peakBytes === undefined ? '' : formatBytes(stage.peakBytes)}</td><td>${stage.message ?? figures}</td></tr>`;
  });
  return html`<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">stage</th><th scope="col">type</th><th scope="col">result</th><th scope="col">time</th><th scope="col">peak memory</th><th scope="col">last figures</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Every table with the columns `metric` and `value`, such as an evaluation gives. */
async function scoreTables(stages: readonly StageSummary[]): Promise<Html[]> {
  const tables: Html[] = [];
  for (const stage of stages) {
    for (const output of Object.values(stage.outputs).filter((each) => each.kind === 'table')) {
      const {columns} = JSON.parse(await outputText(output, 'table.json')) as {
        columns: Record<string, (number | string | null)[]>;
      };
      const {metric, value} = columns;
      if (!metric || !value) continue;
      const cards = metric.map(
        (name, index) => html`<div class="score"><dt>${String(name)}</dt><dd>${formatFigure(Number(value[index]))}</dd></div>`,
      );
      tables.push(html`<dl aria-label="${stage.name}">${cards}</dl>`);
    }
  }
  return tables;
}

interface Figures {
  readonly sections: readonly Html[];
  /** Kinds of interactive figures among them. */
  readonly kinds: ReadonlySet<string>;
}

async function figureSections(stages: readonly StageSummary[]): Promise<Figures> {
  const sections: Html[] = [];
  const kinds = new Set<string>();
  for (const stage of stages) {
    for (const output of Object.values(stage.outputs).filter((each) => each.kind === 'figure')) {
      const about = JSON.parse(await outputText(output, 'figure.json')) as {title: string; alt: string; interactive?: string};
      const png = (await readFile(pathOf(output, 'figure.png') ?? '')).toString('base64');
      let body = html`<img src="data:image/png;base64,${new Html(png)}" alt="${about.alt}">`;
      const film = pathOf(output, 'figure.gif');
      if (film !== undefined) {
        const gif = new Html((await readFile(film)).toString('base64'));
        body = html`<picture><source media="(prefers-reduced-motion: no-preference)" srcset="data:image/gif;base64,${gif}">${body}</picture>`;
      }
      if (about.interactive) {
        kinds.add(about.interactive);
        const data = embedJsonText(await outputText(output, 'interactive.json'));
        // without scripts the picture stays
        body = html`<div class="interactive ${about.interactive}" data-kind="${about.interactive}">${body}<script type="application/json">${data}</script></div>`;
      }
      const id = `figure-${stage.name}`;
      sections.push(
        html`<section aria-labelledby="${id}"><h2 id="${id}">${about.title}</h2><figure>${body}<figcaption>${stage.name} · ${stage.use}</figcaption></figure></section>`,
      );
    }
  }
  return {sections, kinds};
}

const pathOf = (output: StageOutput, name: string): string | undefined => output.files.find((file) => file.name === name)?.path;

const outputText = async (output: StageOutput, name: string): Promise<string> =>
  await readFile(pathOf(output, name) ?? '', 'utf8');

/** Browser code stands as it is under src/, which a published package carries too. */
const clientFiles = async (...names: readonly string[]): Promise<string> =>
  (await Promise.all(names.map((name) => readFile(new URL(`../../src/report/client/${name}`, import.meta.url), 'utf8')))).join(
    '\n',
  );

async function vegaLibraries(): Promise<readonly Html[]> {
  const require = createRequire(import.meta.url);
  const folder = (name: string): string => {
    for (const path of require.resolve.paths(name) ?? []) {
      const manifest = join(path, name, 'package.json');
      try {
        return dirname(require.resolve(manifest));
      } catch {
        // not in this node_modules
      }
    }
    throw new Error(`${name} is not installed`);
  };
  const files = [join(folder('vega'), 'build', 'vega.min.js'), join(folder('vega-lite'), 'build', 'vega-lite.min.js')];
  return await Promise.all(
    files.map(async (file) => embedScript((await readFile(file, 'utf8')).replace(/\n?\/\/# sourceMappingURL=.*/, ''))),
  );
}
