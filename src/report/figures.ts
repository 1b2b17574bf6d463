import type {Digest} from '../core/digest.js';
import type {StageOutput} from '../core/events.js';
import type {Curves, FigureValue} from '../core/ports.js';
import type {Results} from '../history/results.js';
import type {StageState} from '../history/run-state.js';
import {embedJsonText, Html, html} from './html.js';

/** HTML of results that are shown already, so that a page that is written again and again reads each file once. */
export type Shown = Map<Digest, Html>;

/** Sources that parts of a page are made from. */
export interface PartSource {
  readonly results: Results;
  readonly shown: Shown;
}

/** Every figure among the results of a stage: the picture, and its interactive form in its place where scripts run. */
export async function figureSections(stage: StageState, {results, shown}: PartSource): Promise<readonly Html[]> {
  const figures = Object.entries(stage.outputs).filter(([, {kind}]) => kind === 'figure');
  const draw = async (port: string, output: StageOutput): Promise<Html> => section(stage, port, await results.figure(output));
  return await Promise.all(figures.map(([port, output]) => remembered(shown, output.digest, () => draw(port, output))));
}

export async function remembered(shown: Shown, digest: Digest, make: () => Promise<Html>): Promise<Html> {
  const made = shown.get(digest) ?? (await make());
  shown.set(digest, made);
  return made;
}

function section({name, use}: StageState, port: string, figure: FigureValue): Html {
  let body = picture(figure);
  if (figure.film)
    body = html`<picture><source media="(prefers-reduced-motion: no-preference)" srcset="data:image/gif;base64,${base64(figure.film)}">${body}</picture>`;
  const id = `figure-${name}-${port}`;
  // without scripts the picture stays
  if (figure.interactive) body = interactive(id, figure.interactive.type, JSON.stringify(figure.interactive), body);
  return titled(id, figure.title, html`<figure>${body}<figcaption>${name} · ${use}</figcaption></figure>`);
}

/** A figure's picture as an image that needs no file. */
export const picture = ({png, alt}: Pick<FigureValue, 'png' | 'alt'>): Html =>
  html`<img src="data:image/png;base64,${base64(png)}" alt="${alt}">`;

const base64 = (bytes: Uint8Array): Html =>
  new Html(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'));

/** A part of a page under a heading of its own. */
export const titled = (id: string, title: string, body: Html): Html =>
  html`<section aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`;

/** A part that the page's scripts draw: data as JSON, and a fallback for pages without scripts. */
export const interactive = (id: string, kind: string, data: string | Uint8Array, instead: Html): Html =>
  html`<div class="interactive" id="${id}" data-kind="${kind}">${instead}<script type="application/json">${embedJsonText(data)}</script></div>`;

/** Line charts side by side, with one cursor and one zoom for all. */
export const curves = (id: string, panels: Curves['panels']): Html =>
  interactive(id, 'curves', JSON.stringify({type: 'curves', panels}), html`<p>Curves need scripts.</p>`);
