import type {Static, TObject} from '@sinclair/typebox';
import type {Digest} from '../util/digest.js';
import type {StageContext} from '../util/stage-context.js';
import type {PortKind, PortType, PortTypeOf, PortValue, PortValueOf} from './ports.js';

/** One input port: the kind of edge it takes, and what it says of itself. */
export interface InputPort<K extends PortKind = PortKind> {
  readonly kind: K;
  readonly description: string;
  readonly optional?: boolean;
}

export type InputPorts = Readonly<Record<string, InputPort>>;

type TypesOf<I extends InputPorts> = {
  readonly [P in keyof I]: I[P]['optional'] extends true ? PortTypeOf<I[P]['kind']> | undefined : PortTypeOf<I[P]['kind']>;
};
type ValuesOf<I extends InputPorts> = {
  readonly [P in keyof I]: I[P]['optional'] extends true ? PortValueOf<I[P]['kind']> | undefined : PortValueOf<I[P]['kind']>;
};

/** What is wrong with params or inputs beyond their schema: a path under `with` or `in`, and one sentence. */
export interface TypeIssue {
  /** Such as `['with', 'encoder', 3]` or `['in', 'data']`. */
  readonly path: readonly (string | number)[];
  /** One sentence of the shape "Expected … to be …, got …". */
  readonly message: string;
  readonly hint?: string;
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
  /** Not one of our own: the module is imported by its URL wherever it runs. */
  readonly plugin?: true;
}
