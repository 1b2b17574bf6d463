import type {Path} from './tree.js';

/** Names in paths: letters, digits, `_`, `-`; `@`, `=` and the like never stand in them. */
const STEP = /([A-Za-z_][\w-]*)|\[(\d{1,6})\]/y;

/** Reads `a.layers[1].dense`; `undefined` when it is not such a path. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  let at = 0;
  while (at < text.length) {
    if (path.length > 0 && text[at] === '.') at += 1;
    else if (path.length > 0 && text[at] !== '[') return undefined;
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [whole, name, index] = match;
    if (index !== undefined && (path.length === 0 || text[at - 1] === '.')) return undefined;
    path.push(name ?? Number(index));
    at += whole.length;
  }
  return path.length > 0 ? path : undefined;
}
