import type {StageOutput} from '../core/events.js';
import type {FigureValue, TableValue} from '../core/ports.js';
import type {ComparedRun, ComparedStage, Comparison} from '../history/comparison.js';
import type {Results} from '../history/results.js';
import {formatFigure, formatSeconds} from '../util/format.js';
import {interactive} from './figures.js';
import {type Html, html} from './html.js';
import {scroll} from './tables.js';

/** A classifier that a stage graded, with the stage that trained it. */
interface Graded {
  readonly id: string;
  readonly label: string;
  readonly grades: ComparedStage;
  readonly trained: ComparedStage | undefined;
  readonly classes: Columns;
  readonly confusion: Columns;
  /** The pictures of its worst mistakes, when the run has made them. */
  readonly mistakes: FigureValue['interactive'];
}

type Columns = TableValue['columns'];

/** Every classifier of the runs: a run may have several. */
export async function gradedOf({runs}: Comparison, results: Results): Promise<readonly Graded[]> {
  const all = runs.map(async (run, at) => {
    const graded = run.stages.filter(
      ({use, outputs}) => use === 'evaluate/classifier' && outputs['confusion'] && outputs['classes'],
    );
    return await Promise.all(
      graded.map(async (grades) => ({
        ...gradedBy(run, grades, graded.length > 1),
        id: `${at}-${grades.name}`,
        ...(await figuresOf(run, grades, results)),
      })),
    );
  });
  return (await Promise.all(all)).flat();
}

function gradedBy({label, run, stages}: ComparedRun, grades: ComparedStage, several: boolean) {
  const before = run.stages.filter(({name}) => grades.after.includes(name));
  const trained = stages.find(({name, use}) => use.startsWith('train/') && before.some((stage) => stage.name === name));
  return {label: several ? `${label} · ${trained?.name ?? grades.name}` : label, grades, trained};
}

async function figuresOf({stages}: ComparedRun, grades: ComparedStage, results: Results) {
  const shown = stages.find(
    ({use, after, outputs}) => use === 'visualise/mistakes' && after.includes(grades.name) && outputs['figure'],
  );
  const columnsOf = async (port: string): Promise<Columns> => (await results.table(grades.outputs[port] as StageOutput)).columns;
  return {
    classes: await columnsOf('classes'),
    confusion: await columnsOf('confusion'),
    mistakes: shown && (await results.figure(shown.outputs['figure'] as StageOutput)).interactive,
  };
}

const lastValue = ({metrics}: ComparedStage, name: string): number | undefined =>
  metrics.findLast(({values}) => values[name] !== undefined)?.values[name];

const figures = {
  accuracy: 'accuracy',
  macroF1: 'macro F1',
  logLoss: 'log loss',
  calibrationError: 'calibration error',
} as const;

/** Results of each: figures of the test, the time it trained, the numbers that were learned. */
export function summaryTable(graded: readonly Graded[]): Html {
  const best = (name: keyof typeof figures): number | undefined => {
    const values = graded.map(({grades}) => lastValue(grades, name)).filter((value) => value !== undefined);
    return name === 'accuracy' || name === 'macroF1' ? Math.max(...values) : Math.min(...values);
  };
  const names = Object.keys(figures) as (keyof typeof figures)[];
  const rows = graded.map(({label, grades, trained}) => {
    const cells = names.map((name) => cell(lastValue(grades, name), best(name)));
    const parameters = trained && lastValue(trained, 'parameters');
    const seconds = trained?.seconds;
    return html`<tr><th scope="row">${label}</th>${cells}<td class="number">${seconds === undefined ? '–' : formatSeconds(seconds)}</td><td class="number">${parameters === undefined ? '–' : parameters.toLocaleString('en')}</td></tr>`;
  });
  const heads = [...Object.values(figures), 'training', 'parameters'].map(
    (name) => html`<th scope="col" class="number">${name}</th>`,
  );
  return scroll(
    'Classifiers',
    html`<table><thead><tr><th scope="col">classifier</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

const cell = (value: number | undefined, best: number | undefined): Html =>
  html`<td class="number">${value === undefined ? '–' : value === best ? html`<b>${formatFigure(value)}</b>` : formatFigure(value)}</td>`;

/** Precision, recall and F1 of every class; the best F1 of a row stands out. */
export function classTable(graded: readonly Graded[]): Html {
  const names = [...new Set(graded.flatMap(({classes}) => classes['class'] ?? []))];
  const at = ({classes}: Graded, column: string, name: Columns[string][number]): number | undefined => {
    const value = classes[column]?.[classes['class']?.indexOf(name) ?? -1];
    return typeof value === 'number' ? value : undefined;
  };
  const rows = names.map((name) => {
    const best = Math.max(...graded.map((each) => at(each, 'f1', name) ?? 0));
    const cells = graded.map(
      (each) =>
        html`${cell(at(each, 'precision', name), undefined)}${cell(at(each, 'recall', name), undefined)}${cell(at(each, 'f1', name), best)}`,
    );
    return html`<tr><th scope="row">${String(name)}</th>${cells}</tr>`;
  });
  const groups = graded.map(({label}) => html`<th scope="colgroup" colspan="3" class="group">${label}</th>`);
  const heads = graded.map(() => ['precision', 'recall', 'F1'].map((name) => html`<th scope="col" class="number">${name}</th>`));
  return scroll(
    'Precision, recall and F1 by class',
    html`<table class="by-class"><thead><tr><td></td>${groups}</tr><tr><th scope="col">class</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** The confusion matrices beside each other. */
export const matrices = (graded: readonly Graded[]): Html =>
  html`<div class="beside wide">${graded.map(({id, label, confusion: {actual = [], ...columns}}) => {
    const classes = actual.map(String);
    const counts = classes.map((_, row) => classes.map((name) => Number(columns[name]?.[row])));
    const data = JSON.stringify({type: 'matrix', classes, counts});
    return html`<div><h3>${label}</h3>${interactive(`confusion-${id}`, 'matrix', data, html`<p>Matrices need scripts.</p>`)}</div>`;
  })}</div>`;

/** The pictures that each is most wrong about. */
export const mistakes = (graded: readonly Graded[]): Html =>
  html`<div class="beside">${graded.map(
    ({id, label, mistakes: found}) =>
      found &&
      html`<div><h3>${label}</h3>${interactive(`mistakes-${id}`, 'gallery', JSON.stringify(found), html`<p>Pictures need scripts.</p>`)}</div>`,
  )}</div>`;
