import {readFile} from 'node:fs/promises';
import type {Curves} from '../core/ports.js';
import type {MetricPoint} from '../core/store.js';
import type {StageSummary} from '../history/run-summary.js';
import {curves, titled} from './figures.js';
import {Html, html} from './html.js';

/** What a stage has reported so far: curves of its figures, the newest picture of each name. */
export async function stageProgress({name, metrics, pictures}: StageSummary): Promise<Html | false> {
  const panels = panelsOf(metrics, 'step');
  const newest = await Promise.all(Object.values(pictures).map(picture));
  if (panels.length === 0 && newest.every((each) => each === false)) return false;
  const id = `progress-${name}`;
  return titled(id, `${name} at work`, html`${panels.length > 0 && curves(id, panels)}${newest}`);
}

/** A panel a figure that has at least two points; `validation/x` is drawn with `x`. */
export function panelsOf(points: readonly MetricPoint[], xLabel: string, seriesName = 'training'): Curves['panels'] {
  const names = [...new Set(points.flatMap(({values}) => Object.keys(values)))];
  const of = (name: string) => points.filter(({values}) => Number.isFinite(values[name]));
  const series = (name: string, label: string) => {
    const found = thinned(of(name));
    return found.length > 0
      ? [{name: label, x: found.map(({step}) => step), y: found.map(({values}) => values[name] ?? Number.NaN)}]
      : [];
  };
  return names
    .filter((name) => !name.startsWith('validation/') && of(name).length > 1)
    .map((name) => ({
      title: name,
      xLabel,
      series: [...series(name, seriesName), ...series(`validation/${name}`, 'validation')],
    }));
}

/** Points of a curve, at most: more than a chart has pixels. */
const mostPoints = 1000;

/** Every nth point, and the last. */
function thinned(points: readonly MetricPoint[]): readonly MetricPoint[] {
  const step = Math.ceil(points.length / mostPoints);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

/** A picture that is being replaced while it is read is left out. */
async function picture({path, name, step}: StageSummary['pictures'][string]): Promise<Html | false> {
  const png = await readFile(path, 'base64').catch(() => undefined);
  return (
    png !== undefined &&
    html`<figure><img src="data:image/png;base64,${new Html(png)}" alt="${name} at step ${step}"><figcaption>${name} at step ${step}</figcaption></figure>`
  );
}
