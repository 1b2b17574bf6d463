import {formatSeconds} from '../util/format.js';
import {Html, html} from './html.js';
import type {StageSummary} from './run-summary.js';

const gap = {x: 40, y: 22};
const nameWidth = 8;
const stateWidth = 6.6;

/** The stages as a graph, left to right: each as far right as its longest chain of inputs is long. */
export function graph(stages: readonly StageSummary[]): Html {
  const widest = Math.max(...stages.map((stage) => stage.name.length * nameWidth + stateOf(stage).length * stateWidth + 44));
  const box = {width: Math.max(168, Math.round(widest)), height: 54};
  const depth = new Map<string, number>();
  for (const {name, after} of stages) depth.set(name, Math.max(-1, ...after.map((input) => depth.get(input) ?? 0)) + 1);
  const columns: StageSummary[][] = [];
  for (const stage of stages) {
    const column = depth.get(stage.name) ?? 0;
    columns[column] = [...(columns[column] ?? []), stage];
  }
  const tallest = Math.max(...columns.map((column) => column.length));
  const height = tallest * (box.height + gap.y) - gap.y;
  const places = new Map<string, Place>();
  for (const [x, column] of columns.entries()) {
    const top = (height - (column.length * (box.height + gap.y) - gap.y)) / 2;
    for (const [y, stage] of column.entries())
      places.set(stage.name, {x: x * (box.width + gap.x), y: top + y * (box.height + gap.y)});
  }
  const width = columns.length * (box.width + gap.x) - gap.x;
  const edges = stages.flatMap((stage) => stage.after.map((input) => edge(box, places.get(input), places.get(stage.name))));
  const nodes = stages.map((stage) => node(box, stage, places.get(stage.name) ?? {x: 0, y: 0}));
  const label = `Graph of ${stages.length} stages: ${stages.map(({name, after}) => (after.length > 0 ? `${name} after ${after.join(' and ')}` : name)).join('; ')}`;
  return html`<div class="graph" tabindex="0"><svg role="img" aria-label="${label}" viewBox="-2 -2 ${width + 4} ${height + 4}" width="${width + 4}" height="${height + 4}">${edges}${nodes}</svg></div>`;
}

interface Box {
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const stateOf = (stage: StageSummary): string => (stage.result === 'done' ? formatSeconds(stage.seconds ?? 0) : stage.result);

function edge(box: Box, from: Place | undefined, to: Place | undefined): Html {
  if (!from || !to) return new Html('');
  const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2];
  const bend = Math.max(26, (x2 - x1) / 2);
  return html`<path class="edge" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
}

function node(box: Box, stage: StageSummary, {x, y}: Place): Html {
  return html`<g class="node ${stage.result}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="8"/><text class="name" x="${x + 14}" y="${y + 23}">${stage.name}</text><text class="state" x="${x + box.width - 14}" y="${y + 23}" text-anchor="end">${stateOf(stage)}</text><text class="use" x="${x + 14}" y="${y + 41}">${shorten(stage.use, Math.floor((box.width - 28) / stateWidth))}</text></g>`;
}

const shorten = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);
