/** Names of stages and params: those that paths and references can hold. */
const NAME = '^[A-Za-z][A-Za-z0-9_-]*$';

/** A stage's name; what `foreach` adds may also be written, as `pipeline resolve` does. */
const STAGE_NAME = '^[A-Za-z][A-Za-z0-9_-]*(@[A-Za-z0-9_.=+-]+)*$';

const reference = {
  type: 'string',
  'x-expected': 'the name of a stage or of one of its outputs, such as `aae.encoder`',
} as const;

/** `foreach` and `matrix`: the values of each variable. */
export const unrollSchema = {
  type: 'object',
  minProperties: 1,
  propertyNames: {pattern: NAME, 'x-expected': 'letters, digits, `_` and `-`, a letter first'},
  additionalProperties: {type: 'array', minItems: 1, maxItems: 10_000},
} as const;

const registered = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9 _.=@+-]{0,199}$',
  'x-expected': 'a name of letters, digits, spaces and `_.=@+-`, a letter or digit first',
} as const;

const duration = (description: string) =>
  ({
    description,
    'x-expected': 'seconds above 0 or a duration such as `30s`, `10m` or `2h`',
    anyOf: [
      {type: 'number', exclusiveMinimum: 0, maximum: 31_536_000},
      {
        type: 'string',
        pattern: '^(?=.*[1-9])[0-9]{1,6}(\\.[0-9]{1,6})?(s|m|h|d)$',
        'x-expected': 'seconds above 0 or a duration such as `30s`, `10m` or `2h`',
      },
    ],
  }) as const;

/** A stage but for its `with`, which the node's own schema checks. */
export const stageSchema = {
  type: 'object',
  required: ['use'],
  additionalProperties: false,
  properties: {
    use: {type: 'string', description: 'The node type: `train/adversarial-autoencoder`'},
    in: {
      description: 'Where inputs come from: one reference, or one for each input by name',
      'x-expected': 'the name of a stage or a mapping from inputs to such names',
      anyOf: [
        reference,
        {
          type: 'object',
          additionalProperties: {
            'x-expected': 'the name of a stage or of one of its outputs; several for an input that takes many',
            anyOf: [reference, {type: 'array', items: reference}, {type: 'object', additionalProperties: reference}],
          },
        },
      ],
    },
    with: {type: 'object', description: "The node type's params: everything that decides what the stage computes"},
    foreach: {
      ...unrollSchema,
      description:
        'A stage for each value, `svm@C=1`; several lists go in step. References in the stage read the value by its name',
    },
    matrix: {...unrollSchema, description: 'A stage for every combination of values, `svm@C=1@depth=2`'},
    when: {type: 'boolean', description: 'false leaves the stage out; usually a reference to a param'},
    seed: {
      type: 'integer',
      minimum: 0,
      maximum: 2147483647,
      description: "The stage's random numbers, instead of what follows from the recipe's seed and the stage's name",
    },
    register: {
      description: "Name of the stage's model in MLflow's registry, or one for each by output; a run that is done adds a version",
      'x-expected': 'a name, or a mapping from outputs to names',
      anyOf: [registered, {type: 'object', additionalProperties: registered}],
    },
    run: {
      type: 'object',
      additionalProperties: false,
      properties: {
        timeout: duration('Time after which an attempt is ended: seconds, or `30s`, `10m`, `2h`'),
        retries: {
          type: 'integer',
          minimum: 0,
          maximum: 100,
          default: 0,
          description: 'Attempts after the first, when a worker is lost',
        },
        resources: {
          type: 'object',
          additionalProperties: false,
          properties: {
            cpu: {type: 'integer', minimum: 0, maximum: 4096, default: 1, description: 'Processor slots taken while it runs'},
            gpu: {type: 'integer', minimum: 0, maximum: 64, default: 0, description: 'GPU slots taken while it runs'},
          },
          description: 'Slots taken while the stage runs',
        },
        checkpoint: duration('Time between two checkpoints of a training: seconds, or `30s`, `10m`; 30 s by default'),
        tripwires: {
          type: 'string',
          enum: ['fail', 'warn'],
          default: 'fail',
          description: 'What NaN, infinity, a constant feature or a collapsed discriminator does: fail the stage, or warn',
        },
      },
      description: 'How the stage runs; never part of its cache key',
    },
  },
} as const;

/** Everything in a recipe that is not about one node type. */
export const envelopeSchema = {
  type: 'object',
  required: ['name', 'stages'],
  additionalProperties: false,
  properties: {
    extends: {
      type: 'string',
      description: 'Another recipe that this one changes: mappings merge, all else is replaced, `~` removes',
    },
    name: {
      type: 'string',
      pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
      maxLength: 100,
      'x-expected': 'lower-case words and digits joined by hyphens, such as `aae-supervised`',
      description: "The recipe's name, and the experiment's in MLflow: lower-case words joined by hyphens",
    },
    seed: {
      type: 'integer',
      minimum: 0,
      maximum: 2147483647,
      default: 0,
      description: 'All random numbers of the run follow from it',
    },
    backend: {
      type: 'string',
      enum: ['auto', 'tensorflow', 'wasm', 'cpu'],
      default: 'auto',
      description: 'What computes; `auto` takes the fastest there is',
    },
    params: {
      type: 'object',
      propertyNames: {pattern: NAME, 'x-expected': 'letters, digits, `_` and `-`, a letter first'},
      description: 'What `--set` changes and references read',
    },
    blocks: {
      type: 'object',
      propertyNames: {pattern: NAME, 'x-expected': 'letters, digits, `_` and `-`, a letter first'},
      additionalProperties: {type: 'array', minItems: 1},
      description: 'Lists of layers by name; `{block: name}` in a list stands for them, what else it has fills their references',
    },
    checks: {
      type: 'array',
      items: {type: 'string'},
      description: 'What must hold when all has run, else the run ends with exit code 3: `score.accuracy > 0.89`',
    },
    stages: {
      type: 'object',
      minProperties: 1,
      propertyNames: {pattern: STAGE_NAME, maxLength: 250, 'x-expected': 'letters, digits, `_` and `-`, a letter first'},
      additionalProperties: stageSchema,
      description: 'The stages by name; edges between them are their `in`',
    },
  },
} as const;
