import type {Problems} from '../problems.js';
import {LONGEST_CHAIN} from '../read/limits.js';
import type {Span} from '../read/source.js';
import {child, keyPlace, type Mapping, placeOf, type Tree, usedAt} from '../read/tree.js';
import {quote, showValue, suggest} from '../wording.js';
import type {Locals} from './locals.js';

/** An item of a list that stands for the layers of a block: `{block: hidden, units: 392}`. */
export const isBlock = (item: Tree): item is Mapping => item.kind === 'mapping' && item.entries.has('block');

interface Expander {
  /**
   * The layers that an item (its own references replaced) stands for. Whatever it has beside `block` is what the block's references
   * read; what the block does not read is reported.
   */
  expand(item: Mapping, resolve: (tree: Tree, locals: Locals) => Tree): readonly Tree[];
  /** Blocks that nothing has asked for so far. */
  unused(): readonly {readonly name: string; readonly key: Span}[];
}

export function createExpander(blocks: Tree | undefined, problems: Problems): Expander {
  const known = blocks?.kind === 'mapping' ? blocks.entries : new Map<string, never>();
  const used = new Set<string>();
  const open: {name: string; span: Span}[] = [];

  const find = (item: Mapping): {name: string; block: Tree & {kind: 'sequence'}} | undefined => {
    const named = child(item, 'block') as Tree;
    if (named.kind === 'unknown') return undefined;
    const at = placeOf(named, [], item.entries.get('block')?.key);
    if (named.kind !== 'scalar' || typeof named.value !== 'string') {
      const got = named.kind === 'scalar' ? showValue(named.value) : named.kind === 'mapping' ? 'a mapping' : 'a list';
      problems.error('wrong-type', at, `Expected \`block\` to be the name of a block, got ${got}`);
      return undefined;
    }
    const name = named.value;
    const block = known.get(name)?.value;
    used.add(name);
    if (!block) {
      const hint = suggest(name, [...known.keys()], 'Blocks') ?? 'The recipe has no `blocks`.';
      problems.error('unknown-block', at, `Expected a block named ${quote(name)}, got none`, {hint});
      return undefined;
    }
    const started = open.findIndex((each) => each.name === name);
    if (started !== -1 || open.length >= LONGEST_CHAIN) {
      const cycle = open.slice(Math.max(0, started));
      const names = [...cycle.map((each) => each.name), name].map(quote).join(' → ');
      const expected = started === -1 ? `at most ${LONGEST_CHAIN} blocks inside one another` : 'no block to hold itself';
      problems.error('block-cycle', at, `Expected ${expected}, got ${names}`);
      return undefined;
    }
    // another kind of value is the envelope's to report
    return block.kind === 'sequence' ? {name, block} : undefined;
  };

  return {
    expand: (item, resolve) => {
      const found = find(item);
      if (!found) return [{kind: 'unknown', span: item.span}];
      const {name, block} = found;
      const given = new Map([...item.entries].filter(([key]) => key !== 'block'));
      const locals: Locals = {entries: given, read: new Set(), block: {name, use: item.span}};
      open.push({name, span: item.span});
      const layers = resolve(block, locals) as Tree & {kind: 'sequence'};
      open.pop();
      for (const key of given.keys()) {
        if (locals.read.has(key)) continue;
        const hint = `Where the block has a value that differs, write \`\${${key}}\`.`;
        problems.error(
          'unknown-key',
          keyPlace(item, [key]),
          `Expected block ${quote(name)} to read ${quote(key)}, got no use of it`,
          {hint},
        );
      }
      return layers.items.map((layer) => usedAt(layer, item.span));
    },
    unused: () => [...known].filter(([name]) => !used.has(name)).map(([name, {key}]) => ({name, key})),
  };
}
