import {html} from './html.js';
import {pageText} from './page.js';

/** The page of all runs, which asks its server for them again and again; `folder` is where they are. */
export const runsPage = (folder: string): Promise<string> =>
  pageText({
    title: `Runs of ${folder}`,
    styles: ['runs.css'],
    scripts: ['runs.js'],
    served: true,
    body: html`<header><h1>Runs</h1><p id="state" role="status">Reading ${folder}…</p></header>
<main>
<noscript><p>This page needs scripts; <code>pipeline runs</code> lists the same in a terminal.</p></noscript>
<form class="tools" id="tools" role="search">
<label>recipe <select name="recipe"><option value="">all</option></select></label>
<label>status <select name="status"><option value="">all</option></select></label>
<label>search <input name="text" type="search" autocomplete="off" spellcheck="false"></label>
<details><summary>columns</summary><fieldset id="columns"><legend>Params and metrics</legend></fieldset></details>
</form>
<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs"><thead></thead><tbody></tbody></table></div>
</main>`,
  });
