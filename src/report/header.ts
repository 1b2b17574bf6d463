import type {RunSummary} from '../history/run-state.js';
import {formatSeconds} from '../util/format.js';
import {type Html, html} from './html.js';

/** Seconds after which a page that a run should write again says that the run has been killed, or hangs. */
const patience = 120;

const states = {
  done: 'done',
  failed: 'failed',
  interrupted: 'interrupted',
  'check-failed': 'a check failed',
} as const;

/** Recipe, time, machine and end of the run; `written` (milliseconds since 1970) is when the page was. */
export function header({started, finished, stages}: RunSummary, written: number): Html {
  const {recipe, environment} = started;
  const ended = stages.filter(({result}) => result === 'done' || result === 'cached').length;
  const precisions = [
    ...new Set(started.stages.map((stage) => stage.with['precision']).filter((each) => typeof each === 'string')),
  ];
  const facts = {
    recipe: recipe.path,
    started: showTime(started.time),
    ...(finished && {took: formatSeconds(finished.seconds)}),
    seed: String(recipe.seed),
    ...(environment['backend'] && {device: environment['backend']}),
    ...(precisions.length > 0 && {precision: precisions.join(', ')}),
    ...(environment['commit'] && {
      commit: `${environment['commit'].slice(0, 10)}${environment['dirty'] === 'true' ? ', changed since' : ''}`,
    }),
  };
  const params = Object.entries(recipe.params).map(
    ([name, value]) => html`<li><span>${name}</span> ${typeof value === 'string' ? value : JSON.stringify(value)}</li>`,
  );
  const state = finished
    ? html`<p class="outcome ${finished.outcome}">${states[finished.outcome]}</p>`
    : html`<p class="outcome running" data-written="${written}" data-patience="${patience}">running when this was written, ${showTime(written)}: ${ended} of ${stages.length} stages are done<span class="silent" hidden>. Nothing has been written since: the run has been killed, or hangs. <code>pipeline resume</code> goes on from its checkpoints</span></p>`;
  return html`<header>${state}<h1>${recipe.name}</h1>${definitions(facts)}${params.length > 0 && html`<ul class="params" aria-label="Params">${params}</ul>`}</header>`;
}

const showTime = (time: number): string => `${new Date(time).toISOString().replace('T', ' ').slice(0, 19)} UTC`;

export const definitions = (facts: Readonly<Record<string, string>>): Html =>
  html`<dl class="facts">${Object.entries(facts).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
