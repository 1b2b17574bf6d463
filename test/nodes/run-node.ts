import {type AnyNode, groupInputs, prepareNode, type TypeIssue} from '#tfpipe/core/node.js';
import type {PortType, PortValue, Split, SplitType} from '#tfpipe/core/ports.js';
import type {Checkpoints} from '#tfpipe/core/stage-context.js';
import type {Architecture} from '#tfpipe/networks/architecture.js';
import {modelType} from '#tfpipe/nodes/model-type.js';
import {isTreeEnsemble} from '#tfpipe/numerics/trees/ensemble.js';

export interface NodeRun {
  readonly outputs: Readonly<Record<string, PortValue>>;
  readonly metrics: readonly {readonly step: number; readonly values: Readonly<Record<string, number>>}[];
}

interface Given {
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, PortValue>>;
  /** Types of the inputs; those of their values where they are not given. */
  readonly types?: Readonly<Record<string, PortType>>;
  readonly seed?: number;
  readonly checkpoints?: Partial<Checkpoints>;
}

/** Runs a node as a stage would, without a store; params are taken as they are, so give all of them. */
export async function runNode(node: AnyNode, {params, inputs = {}, types = {}, seed = 1, checkpoints}: Given): Promise<NodeRun> {
  const metrics: {step: number; values: Readonly<Record<string, number>>}[] = [];
  const shown = await Promise.all(Object.entries(inputs).map(async ([name, value]) => [name, await typeOf(value)] as const));
  const fit = prepareNode(node, params, {...Object.fromEntries(shown), ...types});
  if (fit.status === 'issues') throw new Error(fit.issues[0]?.message);
  const outputs = await node.run({
    prepared: fit.prepared,
    inputs: groupInputs(node.inputs, inputs),
    context: {
      get seed() {
        if (!node.drawsRandom) throw new Error(`\`${node.type}\` reads a seed without \`drawsRandom\``);
        return seed;
      },
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

/** What a value shows of its type; of ranges, that of labels. */
async function typeOf(value: PortValue): Promise<PortType> {
  switch (value.kind) {
    case 'dataset':
    case 'embedding': {
      const splits = value.splitNames.map(async (name) => [name, splitType(await value.split(name))] as const);
      return {kind: value.kind, splits: Object.fromEntries(await Promise.all(splits))};
    }
    case 'model': {
      const {architecture} = value;
      if (!isTreeEnsemble(architecture)) return modelType(architecture as Architecture);
      const {input, trees} = architecture;
      return {
        kind: 'model',
        of: 'trees',
        inputs: {input: {dtype: 'float32', shape: ['batch', ...input]}},
        output: {dtype: 'float32', shape: ['batch', trees.classes]},
      };
    }
    case 'table':
      return {kind: 'table', columns: Object.keys(value.columns)};
    case 'figure':
      return {kind: 'figure'};
    default:
      return value satisfies never;
  }
}

const splitType = (split: Split): SplitType =>
  Object.fromEntries(
    Object.entries(split).map(([name, {dtype, shape, data}]) => [
      name,
      {dtype, shape, ...(name === 'labels' && {range: [0, Math.max(...data)] as const})},
    ]),
  );

/** Output types of a node, or what it reports. */
export function nodeTypes(
  node: AnyNode,
  {params, types = {}}: Given,
): {readonly types: Readonly<Record<string, PortType>>; readonly issues: readonly TypeIssue[]} {
  const fit = prepareNode(node, params, types);
  return fit.status === 'fits' ? {types: fit.outputs, issues: []} : {types: {}, issues: fit.issues};
}

export {datasetOf as dataset} from '#tfpipe/core/splits.js';
