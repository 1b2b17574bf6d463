import {formatSeconds} from '../util/format.js';
import {Html, html} from './html.js';
import type {StageSummary} from './run-summary.js';

const box = {width: 168, height: 54, gapX: 52, gapY: 22};

/** The stages as a graph, left to right: each as far right as its longest chain of inputs is long. */
export function graph(stages: readonly StageSummary[]): Html {
  const depth = new Map<string, number>();
  for (const {name, after} of stages) depth.set(name, Math.max(-1, ...after.map((input) => depth.get(input) ?? 0)) + 1);
  const columns: StageSummary[][] = [];
  for (const stage of stages) {
    const column = depth.get(stage.name) ?? 0;
    columns[column] = [...(columns[column] ?? []), stage];
  }
  const tallest = Math.max(...columns.map((column) => column.length));
  const height = tallest * (box.height + box.gapY) - box.gapY;
  const places = new Map<string, {x: number; y: number}>();
  for (const [x, column] of columns.entries()) {
    const top = (height - (column.length * (box.height + box.gapY) - box.gapY)) / 2;
    for (const [y, stage] of column.entries())
      places.set(stage.name, {x: x * (box.width + box.gapX), y: top + y * (box.height + box.gapY)});
  }
  const width = columns.length * (box.width + box.gapX) - box.gapX;
  const edges = stages.flatMap((stage) => stage.after.map((input) => edge(places.get(input), places.get(stage.name))));
  const nodes = stages.map((stage) => node(stage, places.get(stage.name) ?? {x: 0, y: 0}));
  const label = `Graph of ${stages.length} stages: ${stages.map(({name, after}) => (after.length > 0 ? `${name} after ${after.join(' and ')}` : name)).join('; ')}`;
  return html`<div class="graph" tabindex="0"><svg role="img" aria-label="${label}" viewBox="-2 -2 ${width + 4} ${height + 4}" width="${width + 4}" height="${height + 4}">${edges}${nodes}</svg></div>`;
}

function edge(from: {x: number; y: number} | undefined, to: {x: number; y: number} | undefined): Html {
  if (!from || !to) return new Html('');
  const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2];
  const bend = Math.max(26, (x2 - x1) / 2);
  return html`<path class="edge" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
}

function node(stage: StageSummary, {x, y}: {x: number; y: number}): Html {
  const state = stage.result === 'done' ? formatSeconds(stage.seconds ?? 0) : stage.result;
  return html`<g class="node ${stage.result}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="8"/><text class="name" x="${x + 14}" y="${y + 23}">${stage.name}</text><text class="state" x="${x + box.width - 14}" y="${y + 23}" text-anchor="end">${state}</text><text class="use" x="${x + 14}" y="${y + 41}">${shorten(stage.use)}</text></g>`;
}

const shorten = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
