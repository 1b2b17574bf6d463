import type {Problems} from '../problems.js';
import {child, type Mapping, type Place, placeOf, type Tree} from '../read/tree.js';
import type {Check} from '../recipe.js';
import {quote, suggest} from '../wording.js';
import type {Draft} from './draft.js';
import type {StageNames} from './references.js';

/** `stage.metric > number`. A stage that `foreach` made may hold dots: the last one is before the metric. */
const CHECK = /^\s*(.+)\.([A-Za-z][\w/-]*)\s*(>=|<=|==|!=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$/;

/**
 * Reads `checks`. A stage that was unrolled is checked in all its forms; one that `when` leaves out takes its checks along. A metric is
 * looked for where the node type says which it has.
 */
export function readChecks(root: Mapping, drafts: readonly Draft[], stages: StageNames, problems: Problems): readonly Check[] {
  const written = child(root, 'checks');
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  const items = written?.kind === 'sequence' ? written.items : [];
  return items.flatMap((item) => readCheck(item, byName, stages, problems));
}

function readCheck(item: Tree, drafts: ReadonlyMap<string, Draft>, stages: StageNames, problems: Problems): readonly Check[] {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
  const place = placeOf(item, []);
  const text = item.value;
  const [, stage = '', metric = '', operator = '', limit = ''] = CHECK.exec(text) ?? [];
  const value = Number(limit);
  if (!operator || !Number.isFinite(value)) {
    const hint = 'One of `>`, `>=`, `<`, `<=`, `==` and `!=` stands between a metric of a stage and a number.';
    problems.error('bad-check', place, `Expected a check such as \`score.accuracy > 0.89\`, got ${quote(text)}`, {hint});
    return [];
  }
  if (stages.leftOut.has(stage)) return [];
  const names = stages.names.has(stage) ? [stage] : stages.unrolled.get(stage);
  if (!names) {
    const hint = suggest(stage, [...stages.names.keys(), ...stages.unrolled.keys()], 'Stages');
    problems.error('unknown-stage', place, `Expected the check to be of a stage of this recipe, got ${quote(stage)}`, {hint});
    return [];
  }
  for (const name of names) checkMetric(metric, drafts.get(name), place, problems);
  return names.map((name) => ({text, stage: name, metric, operator: operator as Check['operator'], value, span: place.span}));
}

function checkMetric(metric: string, draft: Draft | undefined, place: Place, problems: Problems): void {
  if (!draft?.sound) return;
  // what a plugin does not name may still be reported
  const known = draft.node.definition.metrics ?? (draft.node.plugin ? undefined : []);
  if (!known || known.includes(metric)) return;
  problems.error('unknown-metric', place, `Expected ${quote(draft.use)} to have a metric ${quote(metric)}, got none`, {
    hint: suggest(metric, known, 'Metrics') ?? `${quote(draft.use)} has no metrics.`,
  });
}
