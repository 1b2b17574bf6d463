import {readFile} from 'node:fs/promises';
import type {Digest} from '../core/digest.js';
import type {StageOutput} from '../core/events.js';
import type {Curves} from '../core/ports.js';
import type {StageSummary} from '../history/run-summary.js';
import {embedJsonText, Html, html} from './html.js';

/** HTML of results that are shown already, so that a page that is written again and again reads each file once. */
export type Shown = Map<Digest, Html>;

/** Every figure among the results of a stage: the picture, and its interactive form in its place where scripts run. */
export async function figureSections(stage: StageSummary, shown: Shown): Promise<readonly Html[]> {
  const figures = Object.entries(stage.outputs).filter(([, {kind}]) => kind === 'figure');
  return await Promise.all(figures.map(([port, output]) => remembered(shown, output.digest, () => section(stage, port, output))));
}

export async function remembered(shown: Shown, digest: Digest, make: () => Promise<Html>): Promise<Html> {
  const made = shown.get(digest) ?? (await make());
  shown.set(digest, made);
  return made;
}

async function section({name, use}: StageSummary, port: string, output: StageOutput): Promise<Html> {
  const about = JSON.parse(await outputText(output, 'figure.json')) as {title: string; alt: string; interactive?: string};
  const png = new Html((await readFile(pathOf(output, 'figure.png') ?? '')).toString('base64'));
  let body = html`<img src="data:image/png;base64,${png}" alt="${about.alt}">`;
  const film = pathOf(output, 'figure.gif');
  if (film !== undefined) {
    const gif = new Html((await readFile(film)).toString('base64'));
    body = html`<picture><source media="(prefers-reduced-motion: no-preference)" srcset="data:image/gif;base64,${gif}">${body}</picture>`;
  }
  const id = `figure-${name}-${port}`;
  // without scripts the picture stays
  if (about.interactive)
    body = interactive(id, about.interactive, await readFile(pathOf(output, 'interactive.json') ?? ''), body);
  return titled(id, about.title, html`<figure>${body}<figcaption>${name} · ${use}</figcaption></figure>`);
}

/** A part of a page under a heading of its own. */
export const titled = (id: string, title: string, body: Html): Html =>
  html`<section aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`;

/** What the page's scripts draw: data as JSON, and what stands there without scripts. */
export const interactive = (id: string, kind: string, data: string | Uint8Array, instead: Html): Html =>
  html`<div class="interactive" id="${id}" data-kind="${kind}">${instead}<script type="application/json">${embedJsonText(data)}</script></div>`;

/** Line charts side by side, with one cursor and one zoom for all. */
export const curves = (id: string, panels: Curves['panels']): Html =>
  interactive(id, 'curves', JSON.stringify({type: 'curves', panels}), html`<p>Curves need scripts.</p>`);

/** Path of one of a result's files. */
export const pathOf = (output: StageOutput, name: string): string | undefined =>
  output.files.find((file) => file.name === name)?.path;

/** Text of one of a result's files. */
export const outputText = async (output: StageOutput, name: string): Promise<string> =>
  await readFile(pathOf(output, name) ?? '', 'utf8');
