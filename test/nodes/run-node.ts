import {type AnyNode, groupInputs, prepareNode, type TypeIssue} from '#tfpipe/core/node.js';
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
export async function runNode(node: AnyNode, {params, inputs = {}, types = {}, seed = 1, checkpoints}: Given): Promise<NodeRun> {
  const metrics: {step: number; values: Readonly<Record<string, number>>}[] = [];
  const fit = prepareNode(node, params, types);
  if (fit.status === 'issues') throw new Error(fit.issues[0]?.message);
  const outputs = await node.run({
    prepared: fit.prepared,
    inputs: groupInputs(node.inputs, inputs),
    context: {
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
    },
  });
  return {outputs, metrics};
}

/** Output types of a node, or what it reports. */
export function nodeTypes(
  node: AnyNode,
  {params, types = {}}: Given,
): {readonly types: Readonly<Record<string, PortType>>; readonly issues: readonly TypeIssue[]} {
  const fit = prepareNode(node, params, types);
  return fit.status === 'fits' ? {types: fit.outputs, issues: []} : {types: {}, issues: fit.issues};
}

export const dataset = (splits: Readonly<Record<string, Split>>, kind: DatasetValue['kind'] = 'dataset'): DatasetValue => ({
  kind,
  splitNames: Object.keys(splits),
  split: async (name) => splits[name] ?? {},
});
