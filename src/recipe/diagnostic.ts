import type {Span} from './read/source.js';

/** Something wrong with a recipe or the command line, at its place. */
export interface Diagnostic {
  /** Stable name, such as `unknown-key`; each is explained in docs/errors.md. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence: "Expected `rate` to be a number between 0 and 1, got `1.5` (number)". */
  readonly message: string;
  /** The culprit. */
  readonly span: Span;
  /** The remedy: "Did you mean `epochs`?" */
  readonly hint?: string;
  /** Other places that take part, such as where a param is used. */
  readonly related?: readonly {readonly span: Span; readonly message: string}[];
}
