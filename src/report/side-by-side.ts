import {html} from './html.js';

/** Pictures of one edge in two runs; absent where a run has no such result. */
export interface PicturePair {
  readonly edge: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** A page that needs nothing else: each edge's pictures beside each other, those that differ first. */
export function sideBySide([before, after]: readonly [string, string], pairs: readonly PicturePair[]): string {
  const same = ({before: left, after: right}: PicturePair): boolean =>
    left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;
  const picture = (run: string, edge: string, png: Uint8Array | undefined) =>
    html`<figure><figcaption>${run}</figcaption>${
      png
        ? html`<img alt="${edge} of ${run}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
        : html`<p>no such result</p>`
    }</figure>`;
  const section = (pair: PicturePair) =>
    html`<section><h2>${pair.edge} <small>${same(pair) ? 'same' : 'differs'}</small></h2>
<div>${picture(before, pair.edge, pair.before)}${picture(after, pair.edge, pair.after)}</div></section>
`;
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${before} and ${after}</title>
<style>
body {font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1400px; padding: 0 1rem}
h2 {font-size: 1.1rem} small {font-weight: 400; opacity: 0.7}
div {display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem}
figure {margin: 0} img {max-width: 100%; background: #fff} figcaption {font-size: 0.85rem; overflow-wrap: anywhere}
</style>
<h1>${before} and ${after}</h1>
${pairs.length === 0 && html`<p>Neither run has a picture.</p>`}
${pairs.toSorted((a, b) => Number(same(a)) - Number(same(b))).map(section)}
</html>
`.text;
}
