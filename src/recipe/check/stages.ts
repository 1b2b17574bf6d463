import type {Problems} from '../problems.js';
import type {Source} from '../read/source.js';
import {child, type Mapping, placeOf} from '../read/tree.js';
import {quote} from '../wording.js';
import type {Draft} from './draft.js';
import type {Joined} from './types.js';
import {ask, reportIssue} from './types.js';

/** Names become folders, and some file systems know no case. */
export function checkNames(drafts: readonly Draft[], problems: Problems): void {
  const known = new Map<string, Draft>();
  for (const draft of drafts) {
    const folded = draft.name.toLowerCase();
    const first = known.get(folded);
    if (first && first.name !== draft.name)
      problems.error(
        'name-clash',
        draft.entry.key,
        `Expected the names of stages to differ in more than case, got ${quote(draft.name)} beside ${quote(first.name)}`,
        {related: [{span: first.entry.key, message: 'the other'}]},
      );
    known.set(folded, first ?? draft);
  }
}

/** Reports stages that the recipe's backend cannot run, where the recipe names one other than TensorFlow. */
export function checkBackend(root: Mapping, drafts: readonly Draft[], problems: Problems): void {
  const backend = child(root, 'backend');
  if (backend?.kind !== 'scalar' || (backend.value !== 'wasm' && backend.value !== 'cpu')) return;
  for (const draft of drafts) {
    if (!draft.sound) continue;
    const {value} = backend;
    const chosen = {span: placeOf(backend, []).span, message: 'the backend is chosen here'};
    ask(draft, 'say what a backend lacks', problems, () => {
      const issue = draft.node.definition.lacks?.(draft.params as never, value);
      if (issue) reportIssue('missing-kernel', issue, draft, problems, {more: [chosen]});
    });
  }
}

/** A data set is made for others: a stage that gives nothing else, and that nobody reads, is forgotten or misspelt. */
export function warnUnusedStages(
  drafts: readonly Draft[],
  joined: ReadonlyMap<string, Joined>,
  main: ReadonlySet<Source>,
  problems: Problems,
): void {
  const read = new Set([...joined.values()].flatMap(({inputs}) => Object.values(inputs).map(({stage}) => stage)));
  for (const {name, entry} of drafts) {
    const outputs = Object.values(joined.get(name)?.outputs ?? {});
    const isForOthers = outputs.length > 0 && outputs.every(({kind}) => kind === 'dataset');
    if (drafts.length > 1 && isForOthers && !read.has(name) && main.has(entry.key.source))
      problems.warning(
        'unused-stage',
        entry.key,
        `Expected the data set of ${quote(name)} to be read by another stage, got no use of it`,
      );
  }
}
