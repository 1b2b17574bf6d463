import type {Problems} from '../problems.js';
import {child, type Place, placeOf, type Tree} from '../read/tree.js';
import type {Stage} from '../recipe.js';
import {quote, suggest} from '../wording.js';
import type {Draft} from './draft.js';
import type {Joined} from './types.js';

/** `register` of every stage that has no faults, by stage: the names of its models in MLflow's registry. */
export function readRegistered(
  drafts: readonly Draft[],
  joined: ReadonlyMap<string, Joined>,
  problems: Problems,
): ReadonlyMap<string, Stage['register']> {
  return new Map(
    drafts.flatMap((draft) => {
      const outputs = joined.get(draft.name)?.outputs;
      return outputs ? [[draft.name, readRegister(draft, outputs, problems)] as const] : [];
    }),
  );
}

/** One name alone is for a stage with one model. */
function readRegister({name, entry}: Draft, outputs: Stage['outputs'], problems: Problems): Stage['register'] {
  const written = child(entry.value, 'register');
  const models = Object.keys(outputs).filter((port) => outputs[port]?.kind === 'model');
  if (written?.kind === 'scalar' && typeof written.value === 'string') {
    const [model, ...others] = models;
    if (model !== undefined && others.length === 0) return {[model]: written.value};
    reportModels(name, models, placeOf(written, []), problems);
  }
  if (written?.kind !== 'mapping') return {};
  return Object.fromEntries([...written.entries].flatMap(([port, {key, value}]) => read(port, {span: key, uses: []}, value)));

  function read(port: string, place: Place, value: Tree): readonly (readonly [string, string])[] {
    if (value.kind !== 'scalar' || typeof value.value !== 'string') return [];
    if (models.includes(port)) return [[port, value.value]];
    const hint = suggest(port, models, 'Models');
    problems.error('unknown-port', place, `Expected a model that ${quote(name)} gives, got ${quote(port)}`, {hint});
    return [];
  }
}

function reportModels(name: string, models: readonly string[], place: Place, problems: Problems): void {
  if (models.length === 0)
    return problems.error(
      'wrong-kind',
      place,
      `Expected \`register\` at a stage that gives a model, got none from ${quote(name)}`,
    );
  const hint = `Name them one by one: \`register: {${models[0]}: a-name}\`.`;
  problems.error('ambiguous-port', place, `Expected ${quote(name)} to give one model, got ${models.map(quote).join(', ')}`, {
    hint,
  });
}
