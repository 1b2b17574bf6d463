import {type Static, type TProperties, type TSchema, Type} from '@sinclair/typebox';
import type {Digest} from './digest.js';

/**
 * Everything that happens in a run, in order: `pipeline run --json` prints each event, and `events.ndjson` keeps it, as a line of JSON. The
 * types below follow from these schemas. Types only come from here in what a run loads first: this module loads TypeBox.
 */
export const eventsVersion = 2;

const time = Type.Integer({description: 'milliseconds since 1970'});
const stage = Type.String({description: 'name of the stage'});
const seconds = (description: string) => Type.Number({description});
const digest = Type.Unsafe<Digest>({type: 'string', pattern: '^[0-9a-f]{64}$', description: 'SHA-256, hexadecimal'});
const key = Type.Unsafe<Digest>({...digest, description: 'the key under which the store has the result'});
/** JSON has no NaN and no infinity. */
const figure = Type.Unsafe<number>({
  anyOf: [
    {type: 'number'},
    {
      type: 'object',
      properties: {nonFinite: {enum: ['NaN', 'Infinity', '-Infinity']}},
      required: ['nonFinite'],
      additionalProperties: false,
    },
  ],
});
const figures = (description: string) => Type.Record(Type.String(), figure, {description});
const texts = (description: string) => Type.Record(Type.String(), Type.String(), {description});
const anything = (description: string) => Type.Record(Type.String(), Type.Unknown(), {description});

const output = Type.Object({
  kind: Type.String({description: '`dataset`, `model`, `embedding`, `table` or `figure`'}),
  digest,
  files: Type.Array(Type.Object({name: Type.String(), digest, bytes: Type.Integer()})),
});
const outputs = Type.Record(Type.String(), output, {
  description: 'by port: kind, digest, and files with name, digest and bytes; the store has the content of each digest',
});
const point = Type.Object({step: Type.Integer(), time, values: figures('by name')});
const place = Type.Object(
  {
    file: Type.String(),
    line: Type.Integer(),
    column: Type.Integer(),
    length: Type.Integer(),
    text: Type.String(),
  },
  {description: 'file, line and column (from 1), length, and the text of the line'},
);

const event = <const Name extends string, Properties extends TProperties>(
  name: Name,
  description: string,
  properties: Properties,
) => Type.Object({type: Type.Literal(name), time, ...properties}, {title: name, description});

const runStarted = event('run-started', 'The first event of a run.', {
  version: Type.Optional(Type.Literal(eventsVersion, {description: 'version of this format'})),
  runId: Type.String({description: 'name of the run and of its folder'}),
  recipe: Type.Object(
    {
      name: Type.String(),
      path: Type.String(),
      seed: Type.Integer(),
      params: anything('after --set'),
    },
    {description: 'name, path, seed, and params after --set'},
  ),
  stages: Type.Array(
    Type.Object({
      name: Type.String(),
      use: Type.String(),
      with: anything('params, with defaults'),
      after: Type.Array(Type.String()),
      register: Type.Optional(texts('names in the registry of models, by output')),
    }),
    {
      description:
        'in the order of the plan: name, node type (`use`), params with defaults (`with`), the stages it needs (`after`), names for its models (`register`)',
    },
  ),
  environment: texts('versions, processors, backend, commit, …'),
  process: Type.Optional(Type.String({description: 'the process that runs it, on this machine'})),
});

const stageCached = event('stage-cached', "A stage's result was in the store.", {
  stage,
  key,
  seconds: seconds('how long it took when it was computed'),
  outputs,
  metrics: Type.Array(point, {description: 'the figures it reported when it was computed: step, time, values'}),
  deterministic: Type.Optional(
    Type.Boolean({description: 'whether computing it twice gave the same bytes; absent when nobody tried `pipeline verify`'}),
  ),
});

const stageStarted = event('stage-started', 'A stage begins to be computed.', {
  stage,
  key,
  reason: Type.String({description: 'why it was not taken from the cache'}),
});

const stageProgress = event('stage-progress', 'How far a stage is, a few times a second. Not in the journal.', {
  stage,
  done: Type.Number({description: 'units done'}),
  total: Type.Number({description: 'units in total'}),
  unit: Type.String({description: 'such as `step`'}),
  figures: figures('such as the losses of the newest step'),
});

const stageMetrics = event('stage-metrics', 'Figures of a stage at a step (usually an epoch).', {
  stage,
  step: Type.Integer(),
  values: figures('by name, such as `validation/loss`'),
});

const stagePicture = event('stage-picture', 'A picture that a stage made while it was computed.', {
  stage,
  name: Type.String(),
  step: Type.Integer(),
  digest: Type.Unsafe<Digest>({
    ...digest,
    description: "SHA-256 of the PNG, which the run's folder keeps as `pictures/<stage>/<name>-<step>.png` (six digits)",
  }),
});

const stageLog = event('stage-log', 'One line that a stage logs.', {stage, text: Type.String()});

const systemMetrics = event('system-metrics', 'How busy the machine is, every ten seconds.', {
  step: Type.Integer(),
  values: figures("percent and megabytes, by the names of MLflow's own clients"),
});

const stageFinished = event('stage-finished', 'A stage was computed, and its result is in the store.', {
  stage,
  key,
  seconds: seconds('how long it took'),
  peakBytes: Type.Integer({description: 'largest resident set of its process'}),
  outputs,
});

const stageFailed = event('stage-failed', 'A stage gave no result.', {
  stage,
  message: Type.String({description: 'one sentence'}),
  stack: Type.String({description: 'where it threw; empty when its process was lost'}),
  tail: Type.String({description: 'the last lines that its process wrote'}),
});

const stageSkipped = event('stage-skipped', 'A stage that needs one that failed.', {
  stage,
  because: Type.String({description: 'the stage that failed'}),
});

const checkFailed = event('check-failed', "One of the recipe's checks does not hold, found when all stages are done.", {
  check: Type.String({description: 'as it stands in the recipe'}),
  stage,
  message: Type.String({description: 'one sentence'}),
  place,
});

const runFinished = event('run-finished', 'The last event of a run; a run that was killed has none.', {
  outcome: Type.Union(
    (['done', 'failed', 'interrupted', 'check-failed'] as const).map((word) => Type.Literal(word)),
    {description: '`done`, `failed`, `interrupted` or `check-failed`'},
  ),
  seconds: seconds('how long the whole run took'),
});

/** In the order in which they are likely to come. */
const schemas = [
  ...[runStarted, stageCached, stageStarted, stageProgress, stageMetrics, stagePicture, stageLog],
  ...[systemMetrics, stageFinished, stageFailed, stageSkipped, checkFailed, runFinished],
];

export const eventSchemas: readonly TSchema[] = schemas;

/** The schema of one line. */
export function eventsSchema(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'generated by `npm run generate` from src/core/events.ts',
    title: `tfpipe events, version ${eventsVersion}`,
    description: 'One line of `pipeline run --json` or of a run’s events.ndjson.',
    oneOf: schemas,
  };
}

type Deep<T> = T extends Digest
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Deep<Item>[]
    : T extends object
      ? {readonly [Name in keyof T]: Deep<T[Name]>}
      : T;

/** One event; told apart by its `type`. The terminal, the journal, trackers and the report listen to this one stream. */
export type RunEvent = Deep<Static<(typeof schemas)[number]>>;
type Typed<Name extends RunEvent['type']> = Extract<RunEvent, {readonly type: Name}>;

export type RunStarted = Typed<'run-started'>;
export type StageCached = Typed<'stage-cached'>;
export type StageProgress = Typed<'stage-progress'>;
export type StagePicture = Typed<'stage-picture'>;
export type StageFinished = Typed<'stage-finished'>;
export type StageFailed = Typed<'stage-failed'>;
export type CheckFailed = Typed<'check-failed'>;
export type RunFinished = Typed<'run-finished'>;
export type Outcome = RunFinished['outcome'];

/** One output of a finished stage; the store has the content of its files. */
export type StageOutput = StageFinished['outputs'][string];
/** Figures that a stage reported at one step (usually an epoch). */
export type MetricPoint = StageCached['metrics'][number];
/** Where a check stands, and the line it stands in. */
export type CheckPlace = CheckFailed['place'];
