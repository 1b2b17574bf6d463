import {prepareNode, type TypeIssue} from '../../core/node.js';
import type {Edge} from '../../core/plan.js';
import {isFileName, type PortType, portKinds} from '../../core/ports.js';
import type {DiagnosticCode, Problems} from '../problems.js';
import type {Span} from '../read/source.js';
import {isEmpty, type Path, type Place, placeOf} from '../read/tree.js';
import {quote, quoteAll} from '../wording.js';
import type {Draft} from './draft.js';
import {joinPort} from './references.js';

export interface Joined {
  readonly inputs: Readonly<Record<string, Edge>>;
  readonly outputs: Readonly<Record<string, PortType>>;
}

/**
 * Walks the stages in order: joins each input to an output port, and lets the node say what it makes of the types it gets.
 * Stages after a faulty one are skipped, so that one mistake is reported once.
 */
export function checkTypes(drafts: readonly Draft[], problems: Problems): ReadonlyMap<string, Joined> {
  const joined = new Map<string, Joined>();
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  for (const draft of drafts) {
    const inputs: Record<string, Edge> = {};
    const types: Record<string, PortType> = {};
    let complete = draft.sound;
    for (const reference of draft.references) {
      const source = joined.get(reference.stage);
      const port = source && joinPort(reference, source.outputs, draft.node.definition.inputs, problems);
      const type = port === undefined ? undefined : source?.outputs[port];
      if (port === undefined || !type || !takes(draft, reference, type, problems)) {
        complete = false;
        continue;
      }
      const name = reference.label === undefined ? reference.input : `${reference.input}@${reference.label}`;
      inputs[name] = {stage: reference.stage, port};
      types[name] = type;
    }
    const outputs = complete ? outputsOf(draft, types, byName, problems) : undefined;
    if (outputs) joined.set(draft.name, {inputs, outputs});
  }
  return joined;
}

/** True when an input can use the form of a model. */
function takes(draft: Draft, {input, stage, place}: Draft['references'][number], type: PortType, problems: Problems): boolean {
  if (type.kind !== 'model') return true;
  const [form, wanted] = [type.of ?? 'layers', draft.node.definition.inputs[input]?.of ?? ['layers']];
  if (wanted.includes(form)) return true;
  problems.error(
    'wrong-kind',
    place,
    `Expected ${quote(input)} to be a model of ${wanted.join(' or ')}, got one of ${form} from ${quote(stage)}`,
  );
  return false;
}

function outputsOf(
  draft: Draft,
  inputs: Readonly<Record<string, PortType>>,
  drafts: ReadonlyMap<string, Draft>,
  problems: Problems,
): Readonly<Record<string, PortType>> | undefined {
  return ask(draft, 'check its inputs', problems, () => {
    const prepared = prepareNode(draft.node.definition, draft.params, inputs);
    if (prepared.status === 'fits') {
      checkOutputs(prepared.outputs);
      return prepared.outputs;
    }
    for (const issue of prepared.issues) reportIssue('type-mismatch', issue, draft, problems, {drafts});
    return undefined;
  });
}

/** Calls a node; its own mistake must not look like the recipe's, nor take the other findings with it. */
export function ask<T>(draft: Draft, what: string, problems: Problems, question: () => T): T | undefined {
  try {
    return question();
  } catch (error) {
    const {message} = error instanceof Error ? error : new Error(String(error));
    problems.error('broken-node', draft.entry.key, `Expected node type ${quote(draft.use)} to ${what}, got an error: ${message}`);
    return undefined;
  }
}

/** Throws when outputs, which a plugin in JavaScript may have got wrong, are no types, or have names that no file can have. */
function checkOutputs(outputs: Readonly<Record<string, PortType>>): void {
  if (typeof outputs !== 'object' || outputs === null || 'then' in outputs)
    throw new Error('its outputs are no mapping of types');
  for (const [port, type] of Object.entries(outputs)) {
    if (!portKinds.includes(type?.kind))
      throw new Error(`its output ${quote(port)} is of no kind; there are ${quoteAll(portKinds)}`);
    const odd = [port, ...('splits' in type ? Object.keys(type.splits) : [])].find((name) => !isFileName(name));
    if (odd !== undefined) throw new Error(`its outputs have the name ${quote(odd)}, which no file can have`);
  }
}

/** Reports what a node says of itself, with the other places that it names: for an input, the stage that it comes from. */
export function reportIssue(
  code: DiagnosticCode,
  {path, message, hint, related = []}: TypeIssue,
  draft: Draft,
  problems: Problems,
  {drafts, more = []}: {readonly drafts?: ReadonlyMap<string, Draft>; readonly more?: readonly Related[]},
): void {
  if (typeof message !== 'string' || !Array.isArray(path)) throw new Error('a problem without `path` and `message`');
  const others = related.map((each): Related => {
    const source = each.path[0] === 'in' ? draft.references.find(({input}) => input === each.path[1])?.stage : undefined;
    const made = source === undefined ? undefined : drafts?.get(source)?.entry.key;
    return {span: made ?? placeOfIssue(draft, each.path).span, message: each.message};
  });
  problems.error(code, placeOfIssue(draft, path), message, {hint, related: [...others, ...more]});
}

interface Related {
  readonly span: Span;
  readonly message: string;
}

/** Problems of values that are not written, such as defaults, are shown at the stage's name. */
function placeOfIssue(draft: Draft, [section, ...path]: Path): Place {
  const tree = section === 'with' ? draft.with : draft.in;
  return tree && !isEmpty(tree) ? placeOf(tree, path, draft.entry.key) : {span: draft.entry.key, uses: []};
}
