import type {GraphEdge, GraphStage} from './graph.js';

/** A graph as Mermaid's text, which GitHub and many wikis draw. Stages are `s0`, `s1`, …: their names may be Mermaid's own words. */
export function mermaidGraph(stages: readonly GraphStage[], edges: readonly (GraphEdge & {readonly label: string})[]): string {
  const id = new Map(stages.map(({name}, index) => [name, `s${index}`]));
  const boxes = stages.map(({name, use}) => `  ${id.get(name)}["<b>${escapeLabel(name)}</b><br/>${escapeLabel(use)}"]`);
  const arrows = edges.map(({from, to, label}) => `  ${id.get(from)} -- "${escapeLabel(label)}" --> ${id.get(to)}`);
  return ['flowchart LR', ...boxes, ...arrows, ''].join('\n');
}

/** Mermaid's own escapes: `#` and the number of the character. */
const escapeLabel = (text: string): string => text.replace(/[#"<>&`]/g, (character) => `#${character.charCodeAt(0)};`);
