import type {NodeRegistry} from '../../core/node.js';
import {exampleRecipe, type PortTypes} from '../../nodes/describe.js';
import {loadRecipeText} from '../load-recipe.js';

/** Output types of every node type in the recipe that all their examples make, by type. Throws when the examples do not fit together. */
export async function exampleOutputs(registry: NodeRegistry): Promise<ReadonlyMap<string, PortTypes>> {
  const nodes = await Promise.all((await registry.types()).map(registry.find));
  const text = exampleRecipe(nodes.flatMap((node) => (node ? [node.definition] : [])));
  const {recipe, diagnostics} = await loadRecipeText({name: 'examples', text}, {registry});
  if (!recipe) throw new Error(`the examples of the node types make no recipe: ${diagnostics[0]?.message}`);
  return new Map(recipe.stages.map(({use, outputs}) => [use, outputs]));
}
