import {readFile} from 'node:fs/promises';
import {panelsOf} from '../history/curves.js';
import type {Results} from '../history/results.js';
import type {StageState} from '../history/run-state.js';
import {curves, picture, titled} from './figures.js';
import {type Html, html} from './html.js';

interface ProgressSource {
  readonly folder: string;
  readonly results: Results;
}

/** Reports of a stage so far: curves of its figures, the newest picture of each name. */
export async function stageProgress({name, metrics, pictures}: StageState, source: ProgressSource): Promise<Html | false> {
  const panels = panelsOf(metrics, 'step');
  const newest = await Promise.all(Object.values(pictures).map((each) => shown(each, source)));
  if (panels.length === 0 && newest.every((each) => each === false)) return false;
  const id = `progress-${name}`;
  return titled(id, `${name} at work`, html`${panels.length > 0 && curves(id, panels)}${newest}`);
}

/** A picture that cannot be read is left out: it is no part of the result. */
async function shown(made: StageState['pictures'][string], {folder, results}: ProgressSource): Promise<Html | false> {
  const png = await results
    .picture(folder, made)
    .then((path) => readFile(path))
    .catch(() => undefined);
  const alt = `${made.name} at step ${made.step}`;
  return png !== undefined && html`<figure>${picture({png, alt})}<figcaption>${alt}</figcaption></figure>`;
}
