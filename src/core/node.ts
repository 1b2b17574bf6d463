import type {Static, TObject} from '@sinclair/typebox';
import type {Digest} from './digest.js';
import type {ModelForm, PortKind, PortType, PortTypeOf, PortValue, PortValueOf} from './ports.js';
import type {StageContext} from './stage-context.js';

/** One input port: the kind of edge it takes, and what it says of itself. */
export interface InputPort<K extends PortKind = PortKind> {
  readonly kind: K;
  readonly description: string;
  /** Forms of a model that the node can use; layers when not given. */
  readonly of?: readonly ModelForm[];
  readonly optional?: boolean;
  /** Takes any number of edges: types and values come as a record, by the stage they come from or the names in the recipe. */
  readonly many?: boolean;
}

export type InputPorts = Readonly<Record<string, InputPort>>;

/** One `T`, perhaps none, or many by name. */
type Arity<P extends InputPort, T> = P['many'] extends true
  ? Readonly<Record<string, T>>
  : P['optional'] extends true
    ? T | undefined
    : T;
type TypesOf<I extends InputPorts> = {readonly [P in keyof I]: Arity<I[P], PortTypeOf<I[P]['kind']>>};
type ValuesOf<I extends InputPorts> = {readonly [P in keyof I]: Arity<I[P], PortValueOf<I[P]['kind']>>};

/**
 * Inputs are kept flat, one name an edge: `data`, or `scores@svm` for an edge of a port that takes many. Nodes get the edges of such a
 * port as one record, by what stands after the `@`.
 */
export function groupInputs<T>(ports: InputPorts, flat: Readonly<Record<string, T>>): Record<string, T | Record<string, T>> {
  const grouped: Record<string, T | Record<string, T>> = {};
  for (const [name, {many}] of Object.entries(ports)) if (many) grouped[name] = {};
  for (const [name, value] of Object.entries(flat)) {
    const at = name.indexOf('@');
    if (at === -1) grouped[name] = value;
    else (grouped[name.slice(0, at)] as Record<string, T>)[name.slice(at + 1)] = value;
  }
  return grouped;
}

/** A problem of params or inputs beyond their schema: a path under `with` or `in`, and one sentence. */
export interface TypeIssue {
  /** Such as `['with', 'encoder', 3]` or `['in', 'data']`. */
  readonly path: readonly (string | number)[];
  /** One sentence of the shape "Expected … to be …, got …". */
  readonly message: string;
  readonly hint?: string;
  /** Other places that take part: where the other of two shapes that differ comes from. */
  readonly related?: readonly {readonly path: readonly (string | number)[]; readonly message: string}[];
}

/** Collects what does not fit; whatever is prepared after a report is not used. */
export type Report = (issue: TypeIssue) => void;

/** `P`: schema of the params; `I`: input ports; `F`: what `prepare` works out. */
export interface NodeDefinition<P extends TObject, I extends InputPorts, F> {
  /** Equals the file's path under nodes/. */
  readonly type: string;
  /** One sentence for lists and hover text. */
  readonly summary: string;
  /** Paper, formula or data set that this follows. */
  readonly source?: string;
  /** Example of a stage, as YAML. */
  readonly example: string;
  readonly params: P;
  readonly inputs: I;
  /** True when `run` needs a tensor backend; only then is one loaded, and in the key. */
  readonly usesTensors: boolean;
  /** True when `run` draws random numbers (`context.seed`); only then is the seed in the key. */
  readonly drawsRandom?: boolean;
  /** Digests of the user's files that decide the result, by name: what lies outside of recipe and code. Part of the key. */
  readonly externals?: (params: Static<P>) => Promise<Readonly<Record<string, Digest>>>;
  /** Names of all metrics that `run` can report, when they are known; `checks` are held against them before anything runs. */
  readonly metrics?: readonly string[];
  /** Reports a need of the stage that this backend lacks, at its place. */
  readonly lacks?: (params: Static<P>, backend: 'wasm' | 'cpu') => TypeIssue | undefined;
  /** Works out once what follows from params and input types; reports everything that does not fit. */
  readonly prepare: (params: Static<P>, inputs: TypesOf<I>, report: Report) => F | undefined;
  /** Types of the output ports. */
  readonly outputs: (prepared: F) => Readonly<Record<string, PortType>>;
  readonly run: (given: {
    readonly prepared: F;
    readonly inputs: ValuesOf<I>;
    readonly context: StageContext;
  }) => Promise<Readonly<Record<string, PortValue>>>;
}

/** A definition as the runner holds it: params and inputs have been validated against its own schema and ports. */
export interface AnyNode
  extends Omit<NodeDefinition<TObject, InputPorts, unknown>, 'externals' | 'lacks' | 'prepare' | 'outputs' | 'run'> {
  readonly externals?: (params: Params) => Promise<Readonly<Record<string, Digest>>>;
  readonly lacks?: (params: Params, backend: 'wasm' | 'cpu') => TypeIssue | undefined;
  readonly prepare: (params: Params, inputs: Grouped<PortType>, report: Report) => unknown;
  readonly outputs: (prepared: unknown) => Readonly<Record<string, PortType>>;
  readonly run: (given: {
    readonly prepared: unknown;
    readonly inputs: Grouped<PortValue>;
    readonly context: StageContext;
  }) => Promise<Readonly<Record<string, PortValue>>>;
}

type Params = Readonly<Record<string, unknown>>;
/** By port: the edge, or the edges by name of a port that takes many. */
type Grouped<T> = Readonly<Record<string, T | Readonly<Record<string, T>>>>;

/** Checks a definition's types where it is written, and hands it out as one of many. */
export function defineNode<P extends TObject, const I extends InputPorts, F>(definition: NodeDefinition<P, I, F>): AnyNode {
  return definition as unknown as AnyNode;
}

/** A stage's params and input types: they fit, or these are the issues. */
type Prepared =
  | {readonly status: 'fits'; readonly prepared: unknown; readonly outputs: Readonly<Record<string, PortType>>}
  | {readonly status: 'issues'; readonly issues: readonly TypeIssue[]};

/** Prepares a stage; `types` by flat input names (see `groupInputs`). */
export function prepareNode(node: AnyNode, params: Params, types: Readonly<Record<string, PortType>>): Prepared {
  const issues: TypeIssue[] = [];
  const prepared = node.prepare(params, groupInputs(node.inputs, types), (issue) => void issues.push(issue));
  if (issues.length > 0) return {status: 'issues', issues};
  return {status: 'fits', prepared, outputs: node.outputs(prepared)};
}

/** Resolves `use:` to a definition. */
export interface NodeRegistry {
  /** All built-in types, sorted. */
  readonly types: () => Promise<readonly string[]>;
  /** `undefined` when there is no such type. */
  readonly find: (type: string) => Promise<ResolvedNode | undefined>;
}

export interface ResolvedNode {
  readonly definition: AnyNode;
  /** The compiled module that defines it, for the code fingerprint. */
  readonly module: URL;
  /** Not one of our own: the module is imported by its URL wherever it runs. `folder` is where it was looked for from. */
  readonly plugin?: {readonly folder: string};
}
