import {newestFigures, type RunState, type StageResult, type StageState} from '../../history/run-state.js';
import {formatBytes, formatFigure, formatSeconds} from '../../util/format.js';
import type {Size} from './live-lines.js';
import {type StageLane, stageLanes} from './stage-lanes.js';
import {progressPieces} from './stage-progress.js';
import {notDeterministic, style} from './style.js';
import {widthOf} from './text-width.js';

interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The mark of a running stage. */
  readonly spinner: string;
}

/** A state's mark and colour: cached stages are told apart by both. */
export const marks: Readonly<Record<StageResult, string>> = {
  waiting: style.dim('○'),
  running: style.cyan('▸'),
  done: style.green('✓'),
  cached: style.blue('●'),
  failed: style.red('✗'),
  skipped: style.dim('-'),
};

/** Columns from which on node types stand beside the names. */
const roomForTypes = 90;
/** Columns that lanes may take. */
const widestLanes = 16;
/** Lines of one running stage. */
const mostLines = 3;
/** Lines that frame a list: what stands above it, its last line, and the line of the cursor. */
const otherLines = 3;

/** All stages of a run with their state, and the machine's load; running stages and counts alone where the window is too low for that. */
export function liveFrame(run: RunState, size: Size, moment: Moment): readonly string[] {
  const listed = run.stages.length > size.rows - otherLines ? undefined : listFrame(run.stages, size, moment);
  const lines = listed && listed.length <= size.rows - otherLines ? listed : countFrame(run.stages, size, moment);
  return [...lines, footer(run, moment)];
}

const noLane: StageLane = {before: '', after: '', below: ' '};

function listFrame(stages: readonly StageState[], {columns}: Size, moment: Moment): readonly string[] {
  const lanes = stageLanes(stages);
  const lanesFit = (lanes.values().next().value?.below.length ?? 0) <= Math.min(widestLanes, columns / 6);
  const heading = headings(stages, columns);
  return stages.flatMap((stage) =>
    stageLines(stage, {columns, moment, heading, lane: (lanesFit && lanes.get(stage.name)) || noLane, most: mostLines}),
  );
}

/** Names, and where there is room types, padded to the same width. */
function headings(stages: readonly StageState[], columns: number): (stage: StageState) => string {
  const longest = Math.max(0, ...stages.map(({name}) => name.length));
  const nameWidth = Math.min(longest, Math.max(8, Math.floor(columns * 0.3)));
  const useWidth = columns < roomForTypes ? 0 : Math.max(0, ...stages.map(({use}) => use.length));
  const fit = (text: string, width: number): string =>
    text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
  return ({name, use}) => `${fit(name, nameWidth)}${useWidth > 0 ? `  ${style.dim(use.padEnd(useWidth))}` : ''}`;
}

interface Layout {
  readonly columns: number;
  readonly moment: Moment;
  readonly heading: (stage: StageState) => string;
  readonly lane: StageLane;
  readonly most: number;
}

function stageLines(stage: StageState, {columns, moment, heading, lane, most}: Layout): readonly string[] {
  const mark = stage.result === 'running' ? style.cyan(moment.spinner) : marks[stage.result];
  const head = `${style.dim(lane.before)}${mark}${style.dim(lane.after)} ${heading(stage)}  `;
  const indent = `${style.dim(lane.below)}   `;
  const room = columns - 1 - widthOf(head);
  const pieces = stage.result === 'running' ? progressPieces(stage, moment.now, barWidth(room)) : [ended(stage)];
  const [first = '', ...more] = flow(pieces, room, columns - 1 - widthOf(indent)).slice(0, most);
  return [`${head}${first}`.trimEnd(), ...more.map((line) => `${indent}${line}`)];
}

const barWidth = (room: number): number => Math.max(6, Math.min(24, Math.floor(room / 4)));

/** Pieces two columns apart, in as many lines as they take. */
function flow(pieces: readonly string[], firstRoom: number, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    const next = line === '' ? piece : `${line}  ${piece}`;
    if (line !== '' && widthOf(next) > (lines.length === 0 ? firstRoom : room)) {
      lines.push(line);
      line = piece;
    } else line = next;
  }
  return [...lines, line];
}

function ended(stage: StageState): string {
  const {result, seconds = 0, deterministic, after} = stage;
  const figure = Object.entries(newestFigures(stage)).map(([name, value]) => `  ${name} ${formatFigure(value)}`);
  switch (result) {
    case 'done':
      return `${formatSeconds(seconds)}${style.dim(figure.slice(0, 2).join(''))}`;
    case 'cached':
      return deterministic === false ? notDeterministic : style.blue('cached');
    case 'waiting':
      return style.dim(after.length > 0 ? `← ${after.join(', ')}` : 'waits');
    case 'failed':
      return style.red('failed');
    case 'skipped':
      return style.dim('skipped');
    case 'running':
      return '';
    default:
      return result satisfies never;
  }
}

/** Too many stages for the window: those that run, between how many have ended and how many wait. */
function countFrame(stages: readonly StageState[], {columns, rows}: Size, moment: Moment): readonly string[] {
  const running = stages.filter(({result}) => result === 'running');
  const shown = running.slice(0, Math.max(1, rows - otherLines - 3));
  const heading = headings(shown, columns);
  const more = running.length - shown.length;
  const past = counts(stages, ['cached', 'done', 'failed', 'skipped']);
  const waiting = counts(stages, ['waiting']);
  return [
    ...(past ? [past] : []),
    ...shown.flatMap((stage) => stageLines(stage, {columns, moment, heading, lane: noLane, most: 1})),
    ...(more > 0 ? [style.dim(`… and ${more} more running`)] : []),
    ...(waiting ? [waiting] : []),
  ];
}

/** "● 120 cached  ✓ 3 done" */
export function counts(stages: readonly StageState[], results: readonly StageResult[]): string {
  return results
    .map((result) => ({result, count: stages.filter((stage) => stage.result === result).length}))
    .flatMap(({result, count}) => (count > 0 ? [`${marks[result]} ${count} ${result}`] : []))
    .join('  ');
}

/** "3 of 9 · 1 min 05 s · cpu 98 % · memory 5.1 GB (21 %) · gpu 93 %, 11 GB (14 %)" */
function footer({stages, load: system, started}: RunState, {now}: Moment): string {
  const over = stages.filter(({result}) => result !== 'waiting' && result !== 'running').length;
  const percent = (name: string): string => `${Math.round(system[name] ?? 0)} %`;
  const memory = (name: string): string => {
    const bytes = formatBytes((system[`${name}_memory_usage_megabytes`] ?? 0) * 1e6);
    return `${bytes} (${percent(`${name}_memory_usage_percentage`)})`;
  };
  const gpus = Object.keys(system).flatMap((name) => /^gpu_(\d+)_utilization_percentage$/.exec(name)?.[1] ?? []);
  const load = [
    ...('cpu_utilization_percentage' in system ? [`cpu ${percent('cpu_utilization_percentage')}`] : []),
    ...('system_memory_usage_megabytes' in system ? [`memory ${memory('system')}`] : []),
    ...gpus.map((index) => {
      const label = gpus.length === 1 ? 'gpu' : `gpu ${index}`;
      return `${label} ${percent(`gpu_${index}_utilization_percentage`)}, ${memory(`gpu_${index}`)}`;
    }),
  ];
  return style.dim([`${over} of ${stages.length}`, formatSeconds((now - (started?.time ?? now)) / 1000), ...load].join(' · '));
}
