import type {Diagnostic} from './diagnostic.js';
import type {Span} from './read/source.js';
import type {Place} from './read/tree.js';

/** Every code a recipe's diagnostics carry. docs/errors.md explains each; a test compares the two. */
export const diagnosticCodes = [
  'recipe-not-found',
  'recipe-unreadable',
  'recipe-too-large',
  'not-text',
  'yaml-syntax',
  'yaml-tag',
  'yaml-alias',
  'duplicate-key',
  'bad-key',
  'bad-number',
  'extends-cycle',
  'bad-path',
  'bad-override',
  'bad-reference',
  'unknown-param',
  'param-cycle',
  'unknown-environment',
  'unused-param',
  'unused-block',
  'unused-stage',
  'unknown-block',
  'block-cycle',
  'name-clash',
  'unknown-key',
  'missing-key',
  'wrong-type',
  'wrong-value',
  'unknown-node',
  'broken-node',
  'unknown-stage',
  'unknown-input',
  'missing-input',
  'left-out',
  'many-stages',
  'unknown-port',
  'ambiguous-port',
  'wrong-kind',
  'stage-cycle',
  'type-mismatch',
  'missing-kernel',
  'bad-check',
  'unknown-metric',
  'check-failed',
] as const;

export type DiagnosticCode = (typeof diagnosticCodes)[number];

/** Collects everything wrong with one recipe. */
export interface Problems {
  readonly found: Diagnostic[];
  error(code: DiagnosticCode, at: Span | Place, message: string, extra?: Extra): void;
  warning(code: DiagnosticCode, at: Span | Place, message: string, extra?: Extra): void;
}

interface Extra {
  readonly hint?: string | undefined;
  readonly related?: readonly {readonly span: Span; readonly message: string}[];
}

/** Nobody reads more, and a hostile file could have a million. */
const MOST_OF_A_SEVERITY = 500;

/** The YAML library quotes whole tags, and a plugin says what it likes. */
const LONGEST_MESSAGE = 500;

/** The part of a name that tells stages of one `foreach` apart. */
const VARIANT = /@[\w.=+@-]+/g;

export function collectProblems(): Problems {
  const found: Diagnostic[] = [];
  const counts = {error: 0, warning: 0};
  const said = new Set<string>();
  const add =
    (severity: Diagnostic['severity']) =>
    (code: DiagnosticCode, at: Span | Place, text: string, {hint, related = []}: Extra = {}): void => {
      const message = text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
      const {span, uses} = 'span' in at ? at : {span: at, uses: []};
      // a block or a `foreach` may bring the same mistake many times
      const again = `${code} ${span.source.name} ${span.start} ${span.end} ${message.replace(VARIANT, '')}`;
      if (said.has(again)) return;
      said.add(again);
      counts[severity] += 1;
      if (counts[severity] > MOST_OF_A_SEVERITY) return;
      const all = [...related, ...uses.map((use) => ({span: use, message: 'used here'}))];
      found.push({code, severity, message, span, ...(hint && {hint}), ...(all.length > 0 && {related: all})});
    };
  return {found, error: add('error'), warning: add('warning')};
}
