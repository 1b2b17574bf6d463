import {relative} from 'node:path';
import type {Outcome, RunEvent} from '../../core/events.js';
import {eventLine} from '../../history/journal.js';
import {RunState, type StageState} from '../../history/run-state.js';
import type {TrackerDelivery} from '../../session/record-run.js';
import type {View} from '../../session/session.js';
import {formatSeconds} from '../../util/format.js';
import {type Invocation, UsageError} from '../command.js';
import {failedCheck, formatDiagnostics} from './format-diagnostics.js';
import {liveFrame, marks} from './live-frame.js';
import {LiveLines} from './live-lines.js';
import {nextSteps} from './next-steps.js';
import {progressPieces} from './stage-progress.js';
import {stageTable} from './stage-table.js';
import {notDeterministic, style} from './style.js';
import {verboseLines} from './verbose.js';

interface Summary {
  readonly outcome: Outcome;
  readonly report: string;
  readonly folder: string;
  readonly deliveries: readonly TrackerDelivery[];
}

interface TerminalView extends View {
  /** Says how the run has ended; after `close`. */
  readonly summary: (summary: Summary) => void;
}

/** Interval at which a stage's progress becomes a line where there is no terminal to redraw. */
const plainMilliseconds = 15_000;

export interface ViewOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Options for showing a run. */
export function viewOptions({values}: Invocation): ViewOptions {
  const [json, quiet, verbose] = (['json', 'quiet', 'verbose'] as const).map((name) => values[name] === true);
  if (quiet && verbose) throw new UsageError('Expected --quiet or --verbose, got both');
  return {json: json === true, quiet: quiet === true, verbose: verbose === true};
}

/** Shows a run: every stage live on a terminal, lines elsewhere, or every event as JSON. */
export const terminalView = (options: ViewOptions): TerminalView => (options.json ? jsonView() : new RunView(options));

function jsonView(): TerminalView {
  return {
    hear: (event) => void process.stdout.write(eventLine(event)),
    notice: (text) => void process.stderr.write(`${text}\n`),
    summary: () => {},
    close: async () => {},
  };
}

class RunView implements TerminalView {
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #run = new RunState();
  readonly #live = new LiveLines(process.stdout);
  /** When each stage last had a line of its own. */
  readonly #plainAt = new Map<string, number>();

  constructor({quiet = false, verbose = false}: ViewOptions) {
    this.#quiet = quiet;
    this.#verbose = verbose;
  }

  hear(event: RunEvent): void {
    this.#run.hear(event);
    this.#show(event);
    if (this.#verbose && 'stage' in event) for (const line of verboseLines(event)) this.#line(event.stage, ' ', style.dim(line));
  }

  #show(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        return this.#start(event);
      case 'stage-cached':
        return this.#passing(event.stage, event.deterministic === false ? notDeterministic : style.dim('cached'));
      case 'stage-started':
        this.#plainAt.set(event.stage, event.time);
        return this.#passing(event.stage, style.dim(`started: ${event.reason}`));
      case 'stage-progress':
        return this.#progress(event.stage, event.time);
      case 'stage-picture':
      case 'system-metrics':
      case 'stage-metrics':
        return;
      case 'stage-log':
        return this.#line(event.stage, ' ', style.dim(event.text));
      case 'stage-finished':
        return this.#passing(event.stage, formatSeconds(event.seconds));
      case 'stage-failed':
        this.#line(event.stage, marks.failed, style.red('failed'));
        return this.#failure(event.message, event.tail);
      case 'stage-skipped':
        return this.#passing(event.stage, style.dim(`skipped: \`${event.because}\` failed`));
      case 'check-failed':
        return this.#live.print(formatDiagnostics([failedCheck(event)]).trimEnd(), process.stderr);
      case 'run-finished':
        return this.#live.close();
      default:
        event satisfies never;
    }
  }

  readonly notice = (text: string): void => {
    if (!this.#quiet) this.#live.print(style.dim(text), process.stderr);
  };

  async close(): Promise<void> {
    this.#live.close();
  }

  readonly summary = ({outcome, report, folder, deliveries}: Summary): void => {
    const {stages} = this.#run;
    const failed = stages.filter((stage) => stage.result === 'failed').map(({name}) => name);
    const next = nextSteps(outcome, failed, shown(folder)).map(
      ([word, what, why]) => `${word.padEnd(6)}  ${style.cyan(what)}  ${style.dim(why)}\n`,
    );
    if (this.#quiet) {
      if (outcome === 'failed') process.stderr.write(next.join(''));
      return;
    }
    const cached = stages.filter((stage) => stage.result === 'cached').length;
    if (cached < stages.length || this.#live.enabled) process.stdout.write(`\n${stageTable(stages, process.stdout)}`);
    const word = {
      done: style.green('done'),
      failed: style.red('failed'),
      'check-failed': style.red('done, but a check failed'),
      interrupted: style.yellow('interrupted'),
    }[outcome];
    process.stdout.write(`\n${word} · ${cached} of ${stages.length} stages cached · ${shown(folder)}\n`);
    process.stdout.write(`report  ${shown(report)}\n`);
    for (const {tracker, url, detail, delivered} of deliveries) {
      process.stdout.write(`${tracker.padEnd(6)}  ${url ?? detail}\n`);
      if (url && !delivered) process.stdout.write(`        ${style.yellow(detail)}\n`);
    }
    process.stdout.write(next.join(''));
  };

  #start({recipe, stages, environment}: Extract<RunEvent, {type: 'run-started'}>): void {
    if (this.#quiet) return;
    const device = environment['backend'] ?? 'no tensors';
    this.#live.print(`${style.bold(recipe.name)} · seed ${recipe.seed} · ${stages.length} stages · ${device}`);
    if (this.#live.enabled)
      this.#live.set((size) => liveFrame(this.#run, size, {now: Date.now(), spinner: this.#live.spinner()}));
  }

  /** A line for what the live view shows in its place. */
  #passing(stage: string, what: string): void {
    if (!this.#live.enabled) this.#line(stage, marks[this.#run.stage(stage)?.result ?? 'waiting'], what);
  }

  #progress(name: string, time: number): void {
    const stage = this.#run.stage(name);
    if (this.#live.enabled || !stage || time - (this.#plainAt.get(name) ?? 0) < plainMilliseconds) return;
    this.#plainAt.set(name, time);
    this.#line(name, ' ', progressPieces(stage, time, 16).join('  '));
  }

  /** A line that stays, above what is live. */
  #line(name: string, mark: string, what: string): void {
    const stage = this.#run.stage(name);
    if (!this.#quiet && stage) this.#live.print(`${mark} ${this.#heading(stage)}  ${what}`.trimEnd());
  }

  #heading({name, use}: StageState): string {
    const {stages} = this.#run;
    const width = (of: (stage: StageState) => string): number => Math.max(...stages.map((stage) => of(stage).length));
    return `${name.padEnd(width((stage) => stage.name))}  ${style.dim(use.padEnd(width((stage) => stage.use)))}`;
  }

  #failure(message: string, tail: string): void {
    const lines = [
      message,
      ...tail
        .split('\n')
        .filter(Boolean)
        .slice(this.#verbose ? 0 : -12)
        .map((line) => style.dim(line)),
    ];
    this.#live.print(lines.map((line) => `    ${line}`).join('\n'), process.stderr);
  }
}

const shown = (path: string): string => relative(process.cwd(), path) || '.';
