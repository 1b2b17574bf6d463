import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Plan, PlannedStage} from '../../core/plan.js';
import type {Store} from '../../core/store.js';
import type {PastRun} from '../../history/past-run.js';
import {findNode} from '../../nodes/registry.js';
import {fingerprintModule} from '../../runner/plan/fingerprint.js';
import {differences} from '../../runner/plan/why.js';
import {carryOut, type Results, resultsOf, sameDigests} from '../../session/carry-out.js';
import type {Project} from '../../session/project.js';
import {Session} from '../../session/session.js';
import {type Command, flag, UsageError} from '../command.js';
import {pastRun, pastRunOptions} from '../edge.js';
import {projectOf, recipeOptions, refused} from '../project.js';
import {style} from '../view/style.js';
import {table} from '../view/table.js';
import {terminalView} from '../view/terminal.js';

type Verdict = 'same' | 'differs' | 'inputs differ' | 'no result';

interface Reproduced {
  readonly stage: string;
  readonly use: string;
  readonly verdict: Verdict;
  /** Parts of its key that have changed: code, packages, numerics, files. */
  readonly changed: readonly string[];
}

export const command: Command = {
  name: 'reproduce',
  summary: 'Runs a past run again from its record, in an empty store, with the present code; names the first stage that differs.',
  usage: 'reproduce RUN [options]',
  options: {
    keep: {type: 'boolean', description: 'leave the results in .tfpipe/reproduced/RUN'},
    cpu: recipeOptions.cpu,
    json: {type: 'boolean', description: 'print the verdict of every stage as JSON'},
    ...pastRunOptions,
  },
  examples: ['pipeline reproduce latest', 'pipeline reproduce 20261123-174800-small --keep'],
  run: async (invocation) => {
    const [reference, second] = invocation.positionals;
    if (reference === undefined || second !== undefined)
      throw new UsageError('Expected one run', 'Such as: pipeline reproduce latest. `pipeline runs` lists them.');
    const run = await pastRun(invocation, reference);
    const then = resultsOf(run.events);
    if (then.size === 0) throw new UsageError(`Expected a run with results, got \`${run.id}\`, in which no stage ended`);
    const past = await planOf(run);
    const project = projectOf(invocation);
    const plan = {...past, checks: [], stages: await Promise.all(past.stages.map((stage) => asOfNow(stage, project)))};
    const folder = join(project.folder, 'reproduced', run.id);
    await rm(folder, {recursive: true, force: true});
    const json = flag(invocation, 'json');
    const session = await Session.open(project, {store: folder});
    try {
      const now = await carryOut(session, plan, {view: terminalView({quiet: json})});
      if (now.status === 'refused') throw refused(now.finding);
      if (now.outcome === 'interrupted') return 130;
      const verdicts = compare(past, plan, then, now.results);
      const first = verdicts.find(({verdict}) => verdict === 'differs' || verdict === 'no result');
      if (json) process.stdout.write(`${JSON.stringify({run: run.id, first: first?.stage ?? null, stages: verdicts})}\n`);
      else
        process.stdout.write(describe(run, verdicts, first) + (await values(run, first, await project.store(), session.store)));
      return first === undefined ? 0 : first.verdict === 'no result' ? 1 : 3;
    } finally {
      await session.close();
      if (invocation.values['keep'] !== true) await rm(folder, {recursive: true, force: true});
    }
  },
};

async function planOf(run: PastRun): Promise<Plan> {
  try {
    return JSON.parse(await readFile(join(run.folder, 'plan.json'), 'utf8')) as Plan;
  } catch {
    throw new UsageError(`Expected \`${run.id}\` to have a plan.json, got none`, 'Runs of earlier versions have none.');
  }
}

/** The stage with the code, the packages, the backend and the outside files as they are today. */
async function asOfNow({fresh: _, ...planned}: PlannedStage, project: Project): Promise<PlannedStage> {
  const node = await findNode(project.registry, planned.use, planned.plugin);
  if (!node) throw new UsageError(`Expected the node type \`${planned.use}\` of \`${planned.name}\`, found it no more`);
  const {digest: code, packages} = await fingerprintModule(node.module);
  const backend = planned.fields.numerics?.backend;
  const numerics = backend === undefined ? null : await project.numericsFor({backend});
  const externals = (await node.definition.externals?.(planned.params)) ?? {};
  return {...planned, fields: {...planned.fields, code, packages, numerics, externals}};
}

function compare(past: Plan, plan: Plan, then: Results, now: Results): readonly Reproduced[] {
  const verdicts = new Map<string, Verdict>();
  const judge = ({name, after}: PlannedStage): Verdict => {
    const [before, found] = [then.get(name), now.get(name)];
    if (before && found && sameDigests(before.digests, found.digests)) return 'same';
    if (after.some((input) => verdicts.get(input) !== 'same')) return 'inputs differ';
    return found ? 'differs' : 'no result';
  };
  return plan.stages.flatMap((stage, index) => {
    // what had no result then, since something failed, has nothing to be compared with
    if (!then.has(stage.name)) return [];
    const verdict = judge(stage);
    verdicts.set(stage.name, verdict);
    const changed = differences(past.stages[index]?.fields, stage.fields).map(({path}) => path);
    return [{stage: stage.name, use: stage.use, verdict, changed}];
  });
}

const words: Readonly<Record<Verdict, string>> = {
  same: style.green('same'),
  differs: style.red('differs'),
  'inputs differ': style.yellow('differs, as its inputs do'),
  'no result': style.red('gave no result'),
};

function describe(run: PastRun, stages: readonly Reproduced[], first: Reproduced | undefined): string {
  const rows = stages.map(({stage, use, verdict}) => [`  ${stage}`, style.dim(use), words[verdict]]);
  const listed = table(['', '', ''], rows).replace(/^.*\n/, '');
  if (!first) return `\n${listed}\n${style.green('reproduced')} · all ${stages.length} results of ${run.id} are the same\n`;
  const changed =
    first.changed.length === 0
      ? 'nothing in its key has changed: it is not deterministic, or its result was damaged'
      : `of its key, this has changed: ${first.changed.join(', ')}`;
  return `\n${listed}\n${style.red('not reproduced')} · the first stage that differs is \`${first.stage}\`; ${changed}\n`;
}

/** Differences in the values of the first stage that differs, where the earlier results are still in the store. */
async function values(run: PastRun, first: Reproduced | undefined, then: Store, now: Store): Promise<string> {
  if (first?.verdict !== 'differs') return '';
  const key = resultsOf(run.events).get(first.stage)?.key;
  const before = key && (await then.lookup(key));
  if (before?.status !== 'hit') return '';
  for await (const after of now.records()) {
    if (after.computed.stage !== first.stage) continue;
    const {compareRecords} = await import('../../history/compare-results.js');
    const {describeTensors} = await import('./diff.js');
    return describeTensors((await compareRecords(before.record, after, then, now)).filter((each) => !each.comparison.same));
  }
  return '';
}
