import {Composer, CST, isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, Parser, type YAMLError} from 'yaml';
import type {Problems} from '../problems.js';
import {quote} from '../wording.js';
import {DEEPEST, MOST_VALUES, measure} from './limits.js';
import {positionOf, type Source, type Span} from './source.js';
import {type Entry, type ScalarValue, type Tree, usedAt} from './tree.js';

/** Syntax errors shown; one slip often draws others after it. */
const MOST_SYNTAX_ERRORS = 3;

/**
 * Reads YAML 1.2 (core schema, one document, no custom tags, no merge keys) from `offset` of a source into a located tree.
 * Every problem is reported; the tree is `undefined` when the syntax leaves none.
 */
export function parseYaml(source: Source, problems: Problems, offset = 0): Tree | undefined {
  const spanOf = (start: number, end: number): Span => clip(source, start + offset, end + offset);
  const tokens = [...new Parser().parse(source.text.slice(offset))];
  const deep = tooDeep(tokens);
  if (deep !== undefined) {
    problems.error('recipe-too-large', spanOf(deep, deep + 1), `Expected at most ${DEEPEST} levels of nesting, got more`);
    return undefined;
  }
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    merge: false,
    logLevel: 'silent',
  });
  const documents = [...composer.compose(tokens, true, source.text.length - offset)];
  const document = documents[0];
  const errors = documents.flatMap((each) => each.errors);
  const second = documents[1];
  if (second) {
    const [start] = second.range;
    problems.error('yaml-syntax', spanOf(start, start + 3), 'Expected one YAML document, got another after `---`', {
      hint: 'A recipe is one file; remove the `---`.',
    });
  }
  if (errors.length > 0) {
    reportSyntax(errors, tokens, problems, spanOf);
    return undefined;
  }
  if (second) return undefined;
  if (!document) return {kind: 'scalar', value: null, span: spanOf(0, 0)};
  if (document.directives.yaml.explicit && document.directives.yaml.version !== '1.2') {
    const at = source.text.indexOf('%YAML', offset) - offset;
    problems.error('yaml-syntax', spanOf(at, at + 9), `Expected YAML version 1.2, got \`${document.directives.yaml.version}\``, {
      hint: 'Remove the `%YAML` line.',
    });
  }
  for (const tag of source.text.includes('!', offset) ? tagsIn(tokens) : []) {
    const hint = 'Recipes have no YAML tags; write the value itself.';
    const span = spanOf(tag.offset, tag.offset + tag.source.length);
    problems.error('yaml-tag', span, `Expected a plain value, got the tag ${quote(tag.source)}`, {hint});
  }
  for (const {code, pos, message} of document.warnings)
    if (code !== 'TAG_RESOLVE_FAILED') problems.error('yaml-syntax', spanOf(...pos), inShort(message));
  return convert(document.contents, problems, spanOf);
}

function convert(root: ParsedNode | null, problems: Problems, spanOf: (start: number, end: number) => Span): Tree | undefined {
  const anchors = new Map<string, Tree | 'open'>();
  let total = 0;
  let full = false;

  const visit = (node: Node | null, fallback: Span): Tree => {
    const span = node?.range ? spanOf(node.range[0], node.range[1]) : fallback;
    if (full) return {kind: 'unknown', span};
    if (node && isAlias(node)) return expand(node.source, span);
    const anchor = node && (isScalar(node) || isMap(node) || isSeq(node)) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, 'open');
    const tree = visitPlain(node, span);
    if (anchor !== undefined) anchors.set(anchor, tree);
    return tree;
  };

  const visitPlain = (node: Node | null, span: Span): Tree => {
    if (isSeq<ParsedNode | null>(node)) return {kind: 'sequence', items: node.items.map((item) => visit(item, span)), span};
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const entries = new Map<string, Entry>();
      let isSound = true;
      for (const {key, value} of node.items) {
        const at = key?.range ? spanOf(key.range[0], key.range[1]) : span;
        const name = nameOf(key, at);
        if (name === undefined) {
          isSound = false;
          continue;
        }
        const first = entries.get(name);
        if (first) {
          problems.error('duplicate-key', at, `Expected ${quote(name)} once, got it again`, {
            related: [{span: first.key, message: 'first given here'}],
          });
          continue;
        }
        entries.set(name, {key: at, value: visit(value, at)});
      }
      return isSound ? {kind: 'mapping', entries, span} : {kind: 'unknown', span};
    }
    return scalar(isScalar(node) ? node.value : null, span);
  };

  const scalar = (value: unknown, span: Span): Tree => {
    if (typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))) {
      const text = span.source.text.slice(span.start, span.end);
      // 1e300 is exact enough; digits that would silently change are not.
      if (!Number.isFinite(value) || /^[-+]?\d+$/.test(text)) {
        const expected = Number.isFinite(value) ? 'an integer of at most 2^53 − 1' : 'a finite number';
        problems.error('bad-number', span, `Expected ${expected}, got ${quote(text)}`);
        return {kind: 'unknown', span};
      }
    }
    if (typeof value === 'bigint') return scalar(Number(value), span);
    return {kind: 'scalar', value: value as ScalarValue, span};
  };

  const nameOf = (key: ParsedNode | null, span: Span): string | undefined => {
    const scalarKey = isScalar(key) ? key : undefined;
    if (typeof scalarKey?.value === 'string') {
      if (scalarKey.value === '<<' && scalarKey.type === 'PLAIN') {
        problems.error('bad-key', span, 'Expected a name as key, got `<<`', {hint: 'YAML 1.2 has no merge keys.'});
        return undefined;
      }
      return scalarKey.value;
    }
    if (scalarKey?.source) return scalarKey.source;
    const got = isAlias(key) ? 'an alias' : isScalar(key) || !key ? 'nothing' : isMap(key) ? 'a mapping' : 'a list';
    problems.error('bad-key', span, `Expected a name as key, got ${got}`);
    return undefined;
  };

  const expand = (name: string, span: Span): Tree => {
    const target = anchors.get(name);
    if (target === undefined) problems.error('yaml-alias', span, `Expected an anchor \`&${name}\` before this alias, got none`);
    else if (target === 'open')
      problems.error('yaml-alias', span, `Expected alias \`*${name}\` to stand outside of what it repeats, got it inside`);
    else {
      const {values, depth} = measure(target);
      total += values;
      if (total <= MOST_VALUES && depth < DEEPEST) return usedAt(target, span);
      if (!full) {
        const expected = depth < DEEPEST ? `${MOST_VALUES} values` : `${DEEPEST} levels of nesting`;
        problems.error('recipe-too-large', span, `Expected at most ${expected} once aliases are replaced, got more`);
      }
      full = true;
    }
    return {kind: 'unknown', span};
  };

  const tree = visit(root, spanOf(0, 0));
  return full ? undefined : tree;
}

/** The commonest slips in our words; the library's own message for the others. */
const slips: readonly {readonly when: RegExp; readonly message: string; readonly hint?: string}[] = [
  {when: /^Tabs are not allowed/, message: 'Expected spaces as indentation, got a tab', hint: 'YAML takes no tabs there.'},
  {
    when: /^All (mapping|sequence|collection) items must start at the same column/,
    message: 'Expected what belongs together to start at the same column, got another',
    hint: 'Indent it by the same number of spaces as the line it belongs with.',
  },
  {
    when: /^Nested mappings are not allowed in compact mappings/,
    message: 'Expected one `key: value` on the line, got another inside it',
    hint: 'Put it on a line of its own, between `{ }`, or, if it is text, between quotes.',
  },
  {when: /^Missing closing .quote/, message: 'Expected a closing quote, got the end of the text'},
  {when: /end with a ]/, message: 'Expected `]`, got the end of what is indented'},
  {when: /end with a }/, message: 'Expected `}`, got the end of what is indented'},
];

function reportSyntax(
  errors: readonly YAMLError[],
  tokens: readonly CST.Token[],
  problems: Problems,
  spanOf: (start: number, end: number) => Span,
): void {
  const lines = new Set<number>();
  for (const error of errors) {
    const span = spanOf(error.pos[0], error.pos[1]);
    const {line} = positionOf(span.source, span.start);
    if (lines.has(line) || lines.size === MOST_SYNTAX_ERRORS) continue;
    lines.add(line);
    // In `{dense: ${units}}` YAML takes the brace for a mapping; all that follows is confusion.
    const reference = error.code === 'MISSING_CHAR' ? undefined : referenceAt(span);
    if (reference) {
      const hint = `Between \`{ }\` and \`[ ]\` YAML reads braces itself: put \`"\${…}"\` between quotes there.`;
      problems.error('yaml-syntax', reference, 'Expected a reference inside a flow collection to be quoted, got it bare', {hint});
      return;
    }
    const slip = slips.find(({when}) => when.test(error.message));
    const opened = /closing|end with a/.test(error.message) ? lastOpened(tokens, error.pos[0]) : undefined;
    const related = opened === undefined ? [] : [{span: spanOf(opened, opened + 1), message: 'opened here'}];
    problems.error('yaml-syntax', span, slip?.message ?? inShort(error.message), {hint: slip?.hint, related});
  }
}

/** The library's messages may go on with an excerpt of the text, which is shown anyhow. */
const inShort = (message: string): string => (message.split('\n')[0] ?? '').replace(/:$/, '');

/** The `${…}` whose brace stands at the span's start or before it on its line. */
function referenceAt({source, start}: Span): Span | undefined {
  const lineStart = source.text.lastIndexOf('\n', start - 1) + 1;
  const line = source.text.slice(lineStart, Math.max(start + 1, lineStart));
  const match = /[[{,:]\s*(\$\{[^"'}]*\}?)[^"']*$/.exec(line);
  if (!match?.[1] || !/[[{].*\$\{/.test(line)) return undefined;
  const at = lineStart + match.index + match[0].indexOf(match[1]);
  const end = source.text.indexOf('}', at);
  return {source, start: at, end: end === -1 ? source.text.length : end + 1};
}

/** Offset of the innermost quote or bracket before `offset` that has no end. */
function lastOpened(tokens: readonly CST.Token[], offset: number): number | undefined {
  let last: number | undefined;
  for (const token of walk(tokens)) {
    const isOpenQuote =
      (token.type === 'double-quoted-scalar' || token.type === 'single-quoted-scalar') &&
      (token.source.length < 2 || !token.source.endsWith(token.source[0] ?? ''));
    const isOpenBracket =
      token.type === 'flow-collection' && !token.end.some(({type}) => type === 'flow-map-end' || type === 'flow-seq-end');
    if ((isOpenQuote || isOpenBracket) && token.offset < offset && token.offset > (last ?? -1)) last = token.offset;
  }
  return last;
}

/** Offset of the first collection nested deeper than allowed. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  for (const {offset, depth} of walk(tokens)) if (depth > DEEPEST) return offset;
  return undefined;
}

/** All tokens with their depth, without recursion, which hostile text would overflow. */
function* walk(tokens: readonly CST.Token[]): Generator<CST.Token & {depth: number}> {
  const open: {token: CST.Token | null | undefined; depth: number}[] = tokens.map((token) => ({
    token: token.type === 'document' ? token.value : token,
    depth: 0,
  }));
  for (let next = open.pop(); next; next = open.pop()) {
    const {token, depth} = next;
    if (!token) continue;
    yield Object.assign(token, {depth});
    if (!CST.isCollection(token)) continue;
    for (const item of token.items) open.push({token: item.key, depth: depth + 1}, {token: item.value, depth: depth + 1});
  }
}

/** Every tag, that of a standard type too: it stands before its value, among what belongs to the item or document around it. */
function* tagsIn(tokens: readonly CST.Token[]): Generator<CST.SourceToken> {
  for (const token of tokens) if (token.type === 'document') yield* token.start.filter(isTag);
  for (const token of walk(tokens))
    if (CST.isCollection(token)) for (const {start, sep = []} of token.items) yield* [...start, ...sep].filter(isTag);
}

const isTag = ({type}: CST.SourceToken): boolean => type === 'tag';

function clip(source: Source, start: number, end: number): Span {
  const last = source.text.length;
  return {source, start: Math.max(0, Math.min(start, last)), end: Math.min(Math.max(start, end), last)};
}
