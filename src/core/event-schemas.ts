import {type Static, type TProperties, type TSchema, Type} from '@sinclair/typebox';
import type {Digest} from './digest.js';
import type {RunEvent} from './events.js';

/** Counts up when a field goes, changes its type or its meaning; new fields and new types of events come without. */
export const eventsVersion = 1;

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
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      digest,
      bytes: Type.Integer(),
      path: Type.String({description: 'absolute; readable while the run is kept'}),
    }),
  ),
});
const outputs = Type.Record(Type.String(), output, {
  description: 'by port: kind, digest, and files with name, digest, bytes and path',
});
const metrics = Type.Array(Type.Object({step: Type.Integer(), time, values: figures('by name')}), {
  description: 'what it reported when it was computed: step, time, values',
});

const event = <const Name extends string, Properties extends TProperties>(
  name: Name,
  description: string,
  properties: Properties,
) => Type.Object({type: Type.Literal(name), time, ...properties}, {title: name, description});

/** Every event of a run, as `pipeline run --json` prints it and `events.ndjson` keeps it, in the order they are likely to come. */
const schemas = [
  event('run-started', 'The first event of a run.', {
    version: Type.Optional(Type.Literal(eventsVersion, {description: 'of this format'})),
    runId: Type.String({description: 'name of the run and of its folder'}),
    folder: Type.String({description: 'folder of the run, absolute'}),
    recipe: Type.Object(
      {
        name: Type.String(),
        path: Type.String(),
        seed: Type.Integer(),
        params: anything('with what --set changed'),
      },
      {description: 'name, path, seed, and params with what --set changed'},
    ),
    stages: Type.Array(
      Type.Object({
        name: Type.String(),
        use: Type.String(),
        with: anything('params, with defaults'),
        after: Type.Array(Type.String()),
        register: Type.Optional(texts("names in MLflow's registry, by output")),
      }),
      {
        description:
          'in the order of the plan: name, node type (`use`), params with defaults (`with`), the stages it needs (`after`)',
      },
    ),
    environment: texts('versions, processors, backend, commit, …'),
    process: Type.Optional(Type.String({description: 'names the process that runs it, on this machine'})),
  }),
  event('stage-cached', "A stage's result was in the store.", {
    stage,
    key,
    seconds: seconds('what it took when it was computed'),
    outputs,
    metrics,
    deterministic: Type.Optional(
      Type.Boolean({description: 'whether computing it twice gave the same bytes, when somebody tried'}),
    ),
  }),
  event('stage-started', 'A stage is computed.', {
    stage,
    key,
    reason: Type.String({description: 'why it was not taken from the cache'}),
  }),
  event('stage-progress', 'How far a stage is, some times a second. Not in the journal.', {
    stage,
    done: Type.Number({description: 'so many units'}),
    total: Type.Number({description: 'of so many'}),
    unit: Type.String({description: 'such as `step`'}),
    figures: figures('such as the losses of the newest step'),
  }),
  event('stage-metrics', 'Figures of a stage at a step (an epoch, usually).', {
    stage,
    step: Type.Integer(),
    values: figures('by name, such as `validation/loss`'),
  }),
  event('stage-picture', 'A picture of a stage at work.', {
    stage,
    name: Type.String(),
    step: Type.Integer(),
    path: Type.String({description: 'PNG file, absolute'}),
  }),
  event('stage-log', 'One line that a stage says.', {stage, text: Type.String()}),
  event('system-metrics', 'How busy the machine is, every ten seconds.', {
    step: Type.Integer(),
    values: figures("percent and megabytes, by the names of MLflow's own clients"),
  }),
  event('stage-finished', 'A stage was computed, and its result is in the store.', {
    stage,
    key,
    seconds: seconds('what it took'),
    peakBytes: Type.Integer({description: 'largest resident set of its process'}),
    outputs,
  }),
  event('stage-failed', 'A stage gave no result.', {
    stage,
    message: Type.String({description: 'one sentence'}),
    stack: Type.String({description: 'where it threw; empty when its process was lost'}),
    tail: Type.String({description: 'the last lines that its process wrote'}),
  }),
  event('stage-skipped', 'A stage that needs one that failed.', {
    stage,
    because: Type.String({description: 'the stage that failed'}),
  }),
  event('check-failed', "One of the recipe's checks does not hold.", {
    check: Type.String({description: 'as it stands in the recipe'}),
    stage,
    message: Type.String({description: 'one sentence'}),
    place: Type.Object(
      {
        file: Type.String(),
        line: Type.Integer(),
        column: Type.Integer(),
        length: Type.Integer(),
        text: Type.String(),
      },
      {description: 'file, line and column (from 1), length, and the text of the line'},
    ),
  }),
  event('run-finished', 'The last event of a run; one that was killed has none.', {
    outcome: Type.Union(
      (['done', 'failed', 'interrupted', 'check-failed'] as const).map((word) => Type.Literal(word)),
      {description: '`done`, `failed`, `interrupted` or `check-failed`'},
    ),
    seconds: seconds('the whole run'),
  }),
] as const;

export const eventSchemas: readonly TSchema[] = schemas;

type Deep<T> = T extends Digest
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Deep<Item>[]
    : T extends object
      ? {readonly [Name in keyof T]: Deep<T[Name]>}
      : T;
type Described = Deep<Static<(typeof schemas)[number]>>;
// each is assignable to the other: what src/core/events.ts says and what is described here cannot part
true satisfies RunEvent extends Described ? true : never;
true satisfies Described extends RunEvent ? true : never;

/** The schema of one line. */
export function eventsSchema(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'generated by `npm run generate` from src/core/event-schemas.ts',
    title: `tfpipe events, version ${eventsVersion}`,
    description: 'One line of `pipeline run --json` or of a run’s events.ndjson.',
    oneOf: schemas,
  };
}
