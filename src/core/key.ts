import {type Digest, digestJson} from './digest.js';

/** Everything that can change what a stage computes, and nothing else: no paths, times, hosts, thread counts or names. */
export interface KeyFields {
  /** Grows when the meaning of stored artifacts changes. */
  readonly format: 1;
  /** The node type, so that two types with equal params never share results. */
  readonly type: string;
  /** Digest of the node's compiled module and of all it imports from its package. */
  readonly code: Digest;
  /** Versions of the packages that the code uses, since they compute too. */
  readonly packages: Readonly<Record<string, string>>;
  /** `with:` after defaults, without params marked `x-cache: false`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Content of each input, by port: a stage rerun to the same bytes changes nothing downstream. */
  readonly inputs: Readonly<Record<string, Digest>>;
  /**
   * The declared type of each input, by port: a node sees it besides the bytes, such as the range of pixels or the names of the classes.
   */
  readonly types: Readonly<Record<string, Digest>>;
  /** Content of files from outside the recipe, such as the data set. */
  readonly externals: Readonly<Record<string, Digest>>;
  /** Where random numbers start; null for a node that draws none, whose result no seed changes. */
  readonly seed: number | null;
  /** The arithmetic of stages that use tensors: other backends round differently. */
  readonly numerics: Numerics | null;
}

export interface Numerics {
  readonly backend: 'tensorflow' | 'wasm' | 'cpu';
  readonly device: 'cpu' | 'gpu';
  readonly version: string;
}

export const stageKey = (fields: KeyFields): Digest => digestJson(fields);

/** Key of what a finished stage leaves for a longer run of itself: its fields without the params that only say how far it goes. */
export function continuationKey(fields: KeyFields, extending: readonly string[]): Digest {
  const params = Object.fromEntries(Object.entries(fields.params).filter(([name]) => !extending.includes(name)));
  return digestJson({...fields, params, continues: extending});
}
