import type {AnyNode, NodeDefinition, TypeIssue} from '#tfpipe/core/node.js';
import type {DatasetValue, PortType, PortValue, Split} from '#tfpipe/core/ports.js';
import type {Checkpoints} from '#tfpipe/core/stage-context.js';

export interface NodeRun {
  readonly outputs: Readonly<Record<string, PortValue>>;
  readonly metrics: readonly {readonly step: number; readonly values: Readonly<Record<string, number>>}[];
}

interface Given {
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, PortValue>>;
  readonly types?: Readonly<Record<string, PortType>>;
  readonly seed?: number;
  readonly checkpoints?: Partial<Checkpoints>;
}

/** Runs a node as a stage would, without a store; params are taken as they are, so give all of them. */
export async function runNode(node: unknown, {params, inputs = {}, types = {}, seed = 1, checkpoints}: Given): Promise<NodeRun> {
  const metrics: {step: number; values: Readonly<Record<string, number>>}[] = [];
  const outputs = await (node as AnyNode).run({
    params,
    inputs,
    inputTypes: types,
    seed,
    report: {progress: () => {}, metrics: (step, values) => metrics.push({step, values}), picture: () => {}, log: () => {}},
    signal: new AbortController().signal,
    checkpoints: {
      everySeconds: 30,
      load: async () => undefined,
      save: async () => {},
      loadFinished: async () => undefined,
      saveFinished: async () => {},
      ...checkpoints,
    },
  } as Parameters<AnyNode['run']>[0]);
  return {outputs, metrics};
}

/** Output types of a node, or what it reports. */
export function nodeTypes(
  node: unknown,
  {params, types = {}}: Given,
): {readonly types: Readonly<Record<string, PortType>>; readonly issues: readonly TypeIssue[]} {
  const issues: TypeIssue[] = [];
  const found = (node as NodeDefinition).outputs({
    params,
    inputs: types,
    report: (issue: TypeIssue) => void issues.push(issue),
  } as Parameters<NodeDefinition['outputs']>[0]);
  return {types: found, issues};
}

export const dataset = (splits: Readonly<Record<string, Split>>, kind: DatasetValue['kind'] = 'dataset'): DatasetValue => ({
  kind,
  splitNames: Object.keys(splits),
  split: async (name) => splits[name] ?? {},
});
