import {relative} from 'node:path';
import type {RunEvent, RunListener, StageProgress} from '../runner/events.js';
import type {Outcome} from '../runner/run.js';
import {formatBytes, formatFigure, formatSeconds} from '../util/format.js';
import {failedCheck, formatDiagnostics} from './format-diagnostics.js';
import {LiveLines} from './live-lines.js';
import {notDeterministic, style} from './style.js';

interface Summary {
  readonly outcome: Outcome;
  readonly report: string;
  readonly folder: string;
  readonly tracking: {readonly delivered: boolean; readonly detail: string; readonly url?: string} | undefined;
}

export interface TerminalView {
  readonly listener: RunListener;
  /** One line that is not about a stage. */
  readonly notice: (text: string) => void;
  readonly summary: (summary: Summary) => void;
  /** Ends what is live, for a run that has no summary. */
  readonly close: () => void;
}

interface StageView {
  readonly name: string;
  readonly use: string;
  result: 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'skipped';
  began: number;
  seconds: number | undefined;
  peakBytes: number | undefined;
  /** Newest figures the stage reported. */
  figures: Readonly<Record<string, number>>;
  /** First progress seen, for the rate: a stage that resumes does not begin at zero. */
  first: {readonly time: number; readonly done: number} | undefined;
  progress: (StageProgress & {readonly time: number}) | undefined;
  plainAt: number;
}

/** How often a stage's progress becomes a line where there is no terminal to redraw. */
const plainMilliseconds = 15_000;

/** Shows a run: live bars on a terminal, lines elsewhere, or every event as JSON. */
export function terminalView(options: {readonly json: boolean; readonly quiet: boolean}): TerminalView {
  if (options.json) return jsonView();
  return new RunView(options.quiet);
}

function jsonView(): TerminalView {
  return {
    listener: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    notice: (text) => void process.stderr.write(`${text}\n`),
    summary: () => {},
    close: () => {},
  };
}

class RunView implements TerminalView {
  readonly #quiet: boolean;
  readonly #stages = new Map<string, StageView>();
  readonly #live = new LiveLines(process.stdout);
  #nameWidth = 0;
  #useWidth = 0;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  readonly listener = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-started':
        return this.#start(event);
      case 'stage-cached':
        this.#change(event.stage, {result: 'cached', seconds: event.seconds, figures: event.metrics.at(-1)?.values ?? {}});
        return this.#line(event.stage, style.blue('●'), event.deterministic === false ? notDeterministic : style.dim('cached'));
      case 'stage-started':
        this.#change(event.stage, {result: 'running', began: event.time, plainAt: event.time});
        if (!this.#live.enabled) this.#line(event.stage, style.cyan('▸'), style.dim(`started: ${event.reason}`));
        return this.#redraw();
      case 'stage-progress':
        return this.#progress(event);
      case 'stage-picture':
      case 'system-metrics':
        return;
      case 'stage-metrics':
        return this.#change(event.stage, {figures: event.values});
      case 'stage-log':
        return this.#line(event.stage, ' ', style.dim(event.text));
      case 'stage-finished':
        this.#change(event.stage, {result: 'done', seconds: event.seconds, peakBytes: event.peakBytes});
        return this.#line(event.stage, style.green('✓'), formatSeconds(event.seconds));
      case 'stage-failed':
        this.#change(event.stage, {result: 'failed'});
        this.#line(event.stage, style.red('✗'), style.red('failed'));
        return this.#failure(event.message, event.tail);
      case 'stage-skipped':
        this.#change(event.stage, {result: 'skipped'});
        return this.#line(event.stage, style.dim('-'), style.dim(`skipped: \`${event.because}\` failed`));
      case 'check-failed':
        return this.#live.print(formatDiagnostics([failedCheck(event)]).trimEnd(), process.stderr);
      case 'run-finished':
        return this.#live.set([]);
      default:
        event satisfies never;
    }
  };

  readonly notice = (text: string): void => {
    if (!this.#quiet) this.#live.print(style.dim(text), process.stderr);
  };

  readonly close = (): void => this.#live.close();

  readonly summary = ({outcome, report, folder, tracking}: Summary): void => {
    this.#live.close();
    if (this.#quiet) return;
    const stages = [...this.#stages.values()];
    if (stages.some((stage) => stage.result !== 'cached')) process.stdout.write(`\n${this.#table(stages)}`);
    const word = {
      done: style.green('done'),
      failed: style.red('failed'),
      'check-failed': style.red('done, but a check failed'),
      interrupted: style.yellow('interrupted; run again to go on'),
    }[outcome];
    const cached = stages.filter((stage) => stage.result === 'cached').length;
    process.stdout.write(`\n${word} · ${cached} of ${stages.length} stages cached · ${shown(folder)}\n`);
    process.stdout.write(`report  ${shown(report)}\n`);
    if (!tracking) return;
    process.stdout.write(`mlflow  ${tracking.url ?? tracking.detail}\n`);
    if (tracking.url && !tracking.delivered) process.stdout.write(`        ${style.yellow(tracking.detail)}\n`);
  };

  #start(event: Extract<RunEvent, {type: 'run-started'}>): void {
    for (const {name, use} of event.stages) {
      this.#stages.set(name, {
        name,
        use,
        result: 'waiting',
        began: 0,
        seconds: undefined,
        peakBytes: undefined,
        figures: {},
        first: undefined,
        progress: undefined,
        plainAt: 0,
      });
    }
    this.#nameWidth = Math.max(...event.stages.map((stage) => stage.name.length));
    this.#useWidth = Math.max(...event.stages.map((stage) => stage.use.length));
    const device = event.environment['backend'] ?? 'no tensors';
    if (!this.#quiet)
      this.#live.print(
        `${style.bold(event.recipe.name)} · seed ${event.recipe.seed} · ${event.stages.length} stages · ${device}`,
      );
  }

  #change(name: string, change: Partial<StageView>): void {
    const stage = this.#stages.get(name);
    if (stage) Object.assign(stage, change);
  }

  #progress(event: StageProgress & {readonly time: number}): void {
    const stage = this.#stages.get(event.stage);
    if (!stage) return;
    stage.first ??= {time: event.time, done: event.done};
    stage.progress = event;
    this.#redraw();
    if (this.#live.enabled || event.time - stage.plainAt < plainMilliseconds) return;
    stage.plainAt = event.time;
    this.#line(event.stage, ' ', describeProgress(stage, event.time));
  }

  /** A finished line, above what is live. */
  #line(name: string, mark: string, what: string): void {
    const stage = this.#stages.get(name);
    if (this.#quiet || !stage) return;
    this.#live.print(`${mark} ${this.#heading(stage)}  ${what}`);
    this.#redraw();
  }

  #heading(stage: StageView): string {
    return `${stage.name.padEnd(this.#nameWidth)}  ${style.dim(stage.use.padEnd(this.#useWidth))}`;
  }

  #failure(message: string, tail: string): void {
    const lines = [
      message,
      ...tail
        .split('\n')
        .filter(Boolean)
        .slice(-12)
        .map((line) => style.dim(line)),
    ];
    this.#live.print(lines.map((line) => `    ${line}`).join('\n'), process.stderr);
  }

  #redraw(): void {
    if (this.#quiet) return;
    const running = [...this.#stages.values()].filter((stage) => stage.result === 'running');
    this.#live.set(
      running.map((stage) => () => `${this.#live.spinner()} ${this.#heading(stage)}  ${describeProgress(stage, Date.now())}`),
    );
  }

  #table(stages: readonly StageView[]): string {
    const rows = stages.map((stage) => [
      stage.name,
      stage.result === 'done' ? formatSeconds(stage.seconds ?? 0) : stage.result,
      stage.peakBytes === undefined ? '' : formatBytes(stage.peakBytes),
      Object.entries(stage.figures)
        .slice(0, 4)
        .map(([name, value]) => `${name} ${formatFigure(value)}`)
        .join('  '),
    ]);
    const header = ['stage', 'time', 'peak memory', 'figures'];
    const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
    const draw = (row: readonly string[]): string =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd();
    return `${style.dim(draw(header))}\n${rows.map((row) => `${draw(row)}\n`).join('')}`;
  }
}

const shown = (path: string): string => relative(process.cwd(), path) || '.';

/** "███░░░ 43 %  epoch 12  reconstructionLoss 0.1123  5.1 step/s  3 min 05 s left" */
function describeProgress(stage: StageView, now: number): string {
  const {progress, first} = stage;
  if (!progress || !first) return style.dim(formatSeconds((now - stage.began) / 1000));
  const share = progress.total > 0 ? progress.done / progress.total : 0;
  const filled = Math.round(share * 16);
  const bar = style.cyan('█'.repeat(filled)) + style.dim('░'.repeat(16 - filled));
  const rate = (progress.done - first.done) / Math.max((progress.time - first.time) / 1000, 1e-9);
  const moving = share < 1 && rate > 0 && progress.time > first.time;
  const left = moving
    ? `${formatFigure(Number(rate.toPrecision(2)))} ${progress.unit}/s  ${formatSeconds((progress.total - progress.done) / rate)} left`
    : '';
  const figures = Object.entries(progress.figures).map(([name, value]) => `${name} ${formatFigure(value)}`);
  return [bar, `${Math.floor(share * 100)} %`.padStart(5), left, ...figures].filter(Boolean).join('  ');
}
