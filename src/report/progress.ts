import {readFile} from 'node:fs/promises';
import {panelsOf} from '../history/curves.js';
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

/** A picture that is being replaced while it is read is left out. */
async function picture({path, name, step}: StageSummary['pictures'][string]): Promise<Html | false> {
  const png = await readFile(path, 'base64').catch(() => undefined);
  return (
    png !== undefined &&
    html`<figure><img src="data:image/png;base64,${new Html(png)}" alt="${name} at step ${step}"><figcaption>${name} at step ${step}</figcaption></figure>`
  );
}
