import type {Static, TObject} from '@sinclair/typebox';
import type {Digest} from './digest.js';
import type {ModelForm, PortKind, PortType, PortTypeOf, PortValue, PortValueOf} from './ports.js';
import type {StageContext} from './stage-context.js';

/** One input port: the kind of edge it takes, and what it says of itself. */
export interface InputPort<K extends PortKind = PortKind> {
  readonly kind: K;
  readonly description: string;
  /** Of a model: the forms that the node can use; layers when not given. */
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

/** What is wrong with params or inputs beyond their schema: a path under `with` or `in`, and one sentence. */
export interface TypeIssue {
  /** Such as `['with', 'encoder', 3]` or `['in', 'data']`. */
  readonly path: readonly (string | number)[];
  /** One sentence of the shape "Expected … to be …, got …". */
  readonly message: string;
  readonly hint?: string;
  /** Other places that take part: where the other of two shapes that differ comes from. */
  readonly related?: readonly {readonly path: readonly (string | number)[]; readonly message: string}[];
}

export interface TypeContext<P, I extends InputPorts> {
  readonly params: P;
  readonly inputs: TypesOf<I>;
  /** Collects every problem; whatever `outputs` returns after a report is not used. */
  report(issue: TypeIssue): void;
}

export interface RunContext<P, I extends InputPorts> extends StageContext {
  readonly params: P;
  readonly inputs: ValuesOf<I>;
  readonly inputTypes: TypesOf<I>;
}

export interface NodeDefinition<P extends TObject = TObject, I extends InputPorts = InputPorts> {
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
  /** What outside of recipe and code decides the result: digests of the user's files, by name. Part of the key. */
  readonly externals?: (params: Static<P>) => Promise<Readonly<Record<string, Digest>>>;
  /** Names of all metrics that `run` can report, when they are known; `checks` are held against them before anything runs. */
  readonly metrics?: readonly string[];
  /** What the stage needs that only some backends have: a sentence for what this backend lacks, at its place. */
  readonly lacks?: (params: Static<P>, backend: 'wasm' | 'cpu') => TypeIssue | undefined;
  readonly outputs: (context: TypeContext<Static<P>, I>) => Readonly<Record<string, PortType>>;
  readonly run: (context: RunContext<Static<P>, I>) => Promise<Readonly<Record<string, PortValue>>>;
}

/** Gives a definition its types; the runner takes it as an `AnyNode`. */
export function defineNode<P extends TObject, const I extends InputPorts>(
  definition: NodeDefinition<P, I>,
): NodeDefinition<P, I> {
  return definition;
}

/** A definition whose params and inputs the runner has validated against its own schema and ports. */
export type AnyNode = NodeDefinition<TObject, InputPorts>;

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
