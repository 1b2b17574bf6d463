import {createRequire} from 'node:module';
import type {Ajv, ErrorObject, ValidateFunction} from 'ajv';
import type {Problems} from '../problems.js';
import type {Span} from '../read/source.js';
import {keyPlace, placeOf, type Tree} from '../read/tree.js';
import type {JsonSchema} from '../schema/describe-schema.js';
import {explainErrors} from '../schema/explain-schema.js';
import {originalOf, shareSchemas} from '../schema/shared-schemas.js';

/** Schema keywords of ours: not in the cache key; a finished run can go on; how messages name what is expected; a file's path. */
export const ownKeywords = ['x-cache', 'x-extends', 'x-expected', 'x-path', 'x-smoke'] as const;

const require = createRequire(import.meta.url);
let shared: Ajv | undefined;

/**
 * Loaded when something is first checked, since completions read recipes and check nothing. Schemas come from definitions that tests
 * validate, so compiling skips the meta-schema, which costs more than all else.
 */
function ajv(): Ajv {
  if (shared) return shared;
  const {Ajv} = require('ajv') as typeof import('ajv');
  shared = new Ajv({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    allErrors: true,
    useDefaults: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    messages: false,
    // the code runs once: making it faster takes longer than it saves
    code: {optimize: false},
    inlineRefs: false,
  }).addVocabulary([...ownKeywords]);
  return shared;
}

/** Where a checked value comes from and what messages call it. */
interface Subject {
  readonly tree: Tree;
  /** Shown when the tree is of several lines. */
  readonly key?: Span;
  /** Name of the value as a whole in messages: ``the recipe``, ``\`ae.with\` ``. */
  readonly name: string;
  /** Origin of the schema, mentioned when it stands in another file than the unknown key. */
  readonly chosen?: {readonly span: Span; readonly message: string};
}

/**
 * Checks `value`, the plain value of `subject.tree`, by `schema`; fills in defaults, and reports each problem where it stands.
 * Says nothing of unknown parts. Throws when the schema itself cannot be compiled.
 */
export function checkSchema(schema: JsonSchema, value: unknown, subject: Subject, problems: Problems): boolean {
  const errors = errorsOf(schema, value);
  if (errors.length === 0) return true;
  const said = new Set<string>();
  for (const {code, path, message, hint, atKey} of explainErrors(errors, [], {...subject, errorsOf})) {
    if (said.has(message)) continue;
    said.add(message);
    const place = atKey ? keyPlace(subject.tree, path) : placeOf(subject.tree, path, subject.key);
    const {chosen} = subject;
    const related = chosen && code === 'unknown-key' && chosen.span.source !== place.span.source ? [chosen] : [];
    problems.error(code, place, message, {hint, related});
  }
  return said.size === 0;
}

function errorsOf(schema: JsonSchema, value: unknown): readonly ErrorObject[] {
  const validate = compiled.get(schema) ?? compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => ({...error, parentSchema: originalOf(error.parentSchema as JsonSchema)}));
}

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

function compile(schema: JsonSchema): ValidateFunction {
  const {schema: shared, parts} = shareSchemas(schema);
  for (const [name, part] of parts) if (!ajv().schemas[name]) ajv().addSchema(part, name);
  const validate = ajv().compile(shared);
  compiled.set(schema, validate);
  return validate;
}
