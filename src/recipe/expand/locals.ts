import type {Span} from '../read/source.js';
import type {Entry} from '../read/tree.js';

/** Names that hold within one stage or block, their values resolved; which of them were read is noted. */
export interface Locals {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly read: Set<string>;
  /** The block that they fill, and where it is used. */
  readonly block?: {readonly name: string; readonly use: Span};
}
