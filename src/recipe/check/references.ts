import type {InputPorts} from '../../core/node.js';
import type {PortType} from '../../core/ports.js';
import type {Problems} from '../problems.js';
import type {Span} from '../read/source.js';
import type {Entry, Place, Tree} from '../read/tree.js';
import {placeOf} from '../read/tree.js';
import {oneOf, quote, quoteAll, suggest} from '../wording.js';

/** `aae` or `aae.encoder`, as written for one input, its stage found. */
export interface Reference {
  readonly input: string;
  /** Which of the edges of an input that takes many. */
  readonly label?: string;
  readonly stage: string;
  readonly port: string | undefined;
  readonly place: Place;
}

/** The stages that `in` can refer to. */
export interface StageNames {
  readonly names: ReadonlyMap<string, unknown>;
  /** The stages that `foreach` and `matrix` made, by the stage's name in the recipe. */
  readonly unrolled: ReadonlyMap<string, readonly string[]>;
  /** Where the `when` stands that leaves a stage out. */
  readonly leftOut: ReadonlyMap<string, Span>;
}

/** Problems of a stage's `in` that follow from the node's input ports and the stages' names alone. */
export function readReferences(
  stage: {readonly name: string; readonly use: string; readonly entry: Entry; readonly in: Tree | undefined},
  ports: InputPorts,
  stages: StageNames,
  problems: Problems,
): {readonly references: readonly Reference[]; readonly complete: boolean} {
  const names = Object.keys(ports);
  const required = names.filter((name) => !ports[name]?.optional);
  const written = new Map<string, {readonly value: Tree; readonly entry?: Entry}>();
  const {in: given} = stage;
  let complete = true;

  // The envelope reports anything but a name or a mapping.
  const isReadable =
    given === undefined || given.kind === 'mapping' || (given.kind === 'scalar' && typeof given.value === 'string');
  if (!isReadable) return {references: [], complete: false};
  if (given?.kind === 'scalar' && typeof given.value === 'string') {
    const only = (required.length === 1 ? required[0] : undefined) ?? required[0] ?? names[0];
    if (only !== undefined) written.set(only, {value: given});
    else {
      problems.error(
        'unknown-input',
        placeOf(given, []),
        `Expected ${quote(stage.name)} to have no inputs, as \`${stage.use}\` takes none, got ${quote(given.value)}`,
      );
      complete = false;
    }
  } else if (given?.kind === 'mapping') {
    for (const [name, entry] of given.entries) {
      if (Object.hasOwn(ports, name)) {
        written.set(name, {value: entry.value, entry});
        continue;
      }
      const expected = names.length > 0 ? `inputs ${oneOf(names)}` : 'no inputs';
      problems.error(
        'unknown-input',
        entry.key,
        `Expected ${quote(stage.name)} to have ${expected}, as \`${stage.use}\` takes, got ${quote(name)}`,
        {
          hint: names.length > 0 ? suggest(name, names, 'Inputs') : undefined,
        },
      );
      complete = false;
    }
  }

  const references: Reference[] = [];
  // In the order the node declares its inputs: the order of everything that follows from them.
  for (const name of names) {
    const source = written.get(name);
    if (!source) {
      const port = ports[name];
      if (!port || port.optional) continue;
      complete = false;
      // A misspelt input is reported at its key.
      if (given?.kind === 'mapping' && [...given.entries.keys()].some((key) => !Object.hasOwn(ports, key))) continue;
      const how = given
        ? `\`in: {${required.map((each) => `${each}: …`).join(', ')}}\``
        : required.length === 1
          ? '`in: STAGE`'
          : `\`in: {${required.map((each) => `${each}: …`).join(', ')}}\``;
      problems.error(
        'missing-input',
        stage.entry.key,
        `Expected ${quote(stage.name)} to have input ${quote(name)} (${port.kind}), got none`,
        {
          hint: `Write ${how}. ${quote(name)}: ${port.description.replace(/\.$/, '')}.`,
        },
      );
      continue;
    }
    const found = readInput(name, source.value, ports[name]?.many === true, stage.name, stages, problems);
    if (found) references.push(...found);
    else complete = false;
  }
  return {references, complete};
}

/** One reference; or for an input that takes many: one, a list, or a mapping from names of their own. */
function readInput(
  input: string,
  value: Tree,
  many: boolean,
  from: string,
  stages: StageNames,
  problems: Problems,
): readonly Reference[] | undefined {
  if (value.kind === 'scalar') return readReference(input, value, many, from, stages, problems);
  if (value.kind === 'unknown') return undefined;
  if (!many) {
    const got = value.kind === 'sequence' ? 'a list' : 'a mapping';
    problems.error('many-stages', placeOf(value, []), `Expected ${quote(input)} to come from one stage, got ${got}`);
    return undefined;
  }
  const found =
    value.kind === 'sequence'
      ? value.items.map((item) => readReference(input, item, true, from, stages, problems))
      : [...value.entries].map(([label, entry]) =>
          readReference(input, entry.value, false, from, stages, problems)?.map((each) => ({...each, label})),
        );
  const flat = found.flatMap((each) => each ?? []);
  const again = flat.find(({label}, index) => flat.findIndex((each) => each.label === label) !== index);
  if (again) {
    const hint = 'Give names of your own: `{first: …, second: …}`.';
    problems.error('name-clash', again.place, `Expected each of ${quote(input)} once, got ${quote(again.label ?? '')} again`, {
      hint,
    });
  }
  return again || found.includes(undefined) ? undefined : flat;
}

/** The stage, or all that it was unrolled into where the input takes many. */
function readReference(
  input: string,
  value: Tree,
  many: boolean,
  from: string,
  stages: StageNames,
  problems: Problems,
): readonly Reference[] | undefined {
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return undefined;
  const text = value.value;
  const place = placeOf(value, []);
  const {names, unrolled, leftOut} = stages;
  const isKnown = (name: string): boolean => names.has(name) || unrolled.has(name) || leftOut.has(name);
  // Names that `foreach` made may hold dots, so the whole is tried first.
  const dot = text.lastIndexOf('.');
  const stage = isKnown(text) || dot === -1 ? text : text.slice(0, dot);
  const port = stage === text ? undefined : text.slice(dot + 1);
  const label = (name: string): {label?: string} => (many ? {label: port === undefined ? name : `${name}.${port}`} : {});
  if (names.has(stage)) return [{input, stage, port, place, ...label(stage)}];
  const variants = unrolled.get(stage);
  if (variants && many) return variants.map((name) => ({input, stage: name, port, place, ...label(name)}));
  if (variants) {
    const hint = `Choose ${oneOf(variants.slice(0, 3))}, or unroll this stage too: \`${stage}@NAME=\${NAME}\`.`;
    const message = `Expected ${quote(input)} to come from one stage, got ${quote(stage)}, which is unrolled into ${variants.length}`;
    problems.error('many-stages', place, message, {hint});
    return undefined;
  }
  const when = leftOut.get(stage);
  if (when) {
    const message = `Expected ${quote(input)} to come from a stage that takes part, got ${quote(stage)}, which its \`when\` leaves out`;
    problems.error('left-out', place, message, {
      hint: 'Give this stage the same `when`.',
      related: [{span: when, message: 'left out here'}],
    });
    return undefined;
  }
  const others = [...names.keys(), ...unrolled.keys()].filter((name) => name !== from);
  problems.error('unknown-stage', place, `Expected ${quote(input)} to come from a stage of this recipe, got ${quote(text)}`, {
    hint: suggest(text.includes('@') ? text : (text.split('.')[0] ?? text), others, 'Stages'),
  });
  return undefined;
}

/** Picks the output port a reference means; the kind must be what the input takes. */
export function joinPort(
  reference: Reference,
  outputs: Readonly<Record<string, PortType>>,
  ports: InputPorts,
  problems: Problems,
): string | undefined {
  const wanted = ports[reference.input]?.kind;
  const names = Object.keys(outputs);
  const fitting = names.filter((name) => outputs[name]?.kind === wanted);
  const {stage, port, place, input} = reference;
  if (port !== undefined) {
    if (!Object.hasOwn(outputs, port)) {
      problems.error('unknown-port', place, `Expected ${quote(stage)} to have an output ${quote(port)}, got none`, {
        hint: suggest(port, names, `Outputs of ${quote(stage)}`),
      });
      return undefined;
    }
    if (outputs[port]?.kind === wanted) return port;
    const others = fitting.length > 0 ? `${quote(stage)} has ${quoteAll(fitting.map((name) => `${stage}.${name}`))}.` : undefined;
    problems.error(
      'wrong-kind',
      place,
      `Expected ${quote(input)} to be ${a(wanted)}, got ${quote(`${stage}.${port}`)} (${outputs[port]?.kind})`,
      {hint: others},
    );
    return undefined;
  }
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    problems.error(
      'ambiguous-port',
      place,
      `Expected ${quote(stage)} to have one output that is ${a(wanted)}, got ${fitting.length}`,
      {
        hint: `Choose ${oneOf(fitting.map((name) => `${stage}.${name}`))}.`,
      },
    );
  } else {
    const listed = names.length > 0 ? names.map((name) => `${quote(name)} (${outputs[name]?.kind})`).join(', ') : 'no outputs';
    problems.error(
      'wrong-kind',
      place,
      `Expected ${quote(input)} to be ${a(wanted)}, got ${quote(stage)}, which gives ${listed}`,
    );
  }
  return undefined;
}

const a = (kind: string | undefined): string => (kind === 'embedding' ? 'an embedding' : `a ${kind}`);
