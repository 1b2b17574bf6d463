import type {ResolvedLine} from '../../core/plan.js';
import {printable} from '../wording.js';
import {flattenResolved, type Resolved, showOrigin} from './resolve.js';

/** Longest list or mapping that is put on one line. */
const longest = 72;

/** A finished recipe as lines of YAML, each with its origin. */
export const resolvedLines = (recipe: Resolved): readonly ResolvedLine[] => linesOf(recipe, '');

/** Block style; what is short and from one line stays on one line. */
function linesOf(value: Resolved, indent: string): readonly ResolvedLine[] {
  if (value.kind === 'value') return [];
  const members =
    value.kind === 'list'
      ? value.items.map((item) => ['- ', item] as const)
      : value.entries.map(([name, each]) => [`${plain(name)}: `, each] as const);
  return members.flatMap(([lead, each]): readonly ResolvedLine[] => {
    const line = flow(each);
    const [origin, other] = new Set(originsOf(each));
    const fits = indent.length + lead.length + line.length <= longest && other === undefined;
    if (each.kind === 'value' || fits) return [[`${indent}${lead}${line}`, origin ?? showOrigin(each.origin)]];
    if (lead !== '- ') return [[`${indent}${lead.trimEnd()}`, ''], ...linesOf(each, `${indent}  `)];
    const [first, ...rest] = linesOf(each, `${indent}  `);
    return first ? [[`${indent}- ${first[0].slice(indent.length + 2)}`, first[1]], ...rest] : [];
  });
}

const originsOf = (value: Resolved): readonly string[] => flattenResolved(value).map(({origin}) => origin);

function flow(value: Resolved): string {
  if (value.kind === 'value')
    return typeof value.value === 'string' ? plain(value.value.replaceAll('${', () => '$${')) : String(value.value);
  if (value.kind === 'list') return `[${value.items.map(flow).join(', ')}]`;
  return `{${value.entries.map(([name, each]) => `${plain(name)}: ${flow(each)}`).join(', ')}}`;
}

/** A text as YAML: bare where nothing could be misread, else between quotes. */
function plain(text: string): string {
  const isBare = /^(?!(?:true|false|null)$)[a-z](?:[\w ./@=+-]*[\w./@=+-])?$/i.test(text);
  return isBare ? text : printableJson(text);
}

const printableJson = (text: string): string => printable(JSON.stringify(text));
