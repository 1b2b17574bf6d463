import type {HostTensor} from '../../core/host-tensor.js';
import {sizeOf} from '../../core/host-tensor.js';
import {smallestShare, splitTrees, type TreeEnsemble} from '../../numerics/trees/ensemble.js';
import {OnnxGraph} from './graph.js';

/** Trees as an ONNX model: float32 `input` [batch, …] → `output`, a score a class before any softmax, by ai.onnx.ml's TreeEnsembleRegressor. */
export function treesToOnnx(
  {input, trees: {classes, leaves}}: TreeEnsemble,
  weights: Readonly<Record<string, HostTensor>>,
): Uint8Array {
  const trees = splitTrees(weights);
  const nodes = trees.flatMap((tree, index) => Array.from(tree.feature, (feature, node) => ({tree, index, node, feature})));
  const isLeaf = (feature: number): boolean => feature < 0;
  const entries = nodes.flatMap(({tree, index, node, feature}) =>
    isLeaf(feature)
      ? Array.from({length: (tree.right[node] as number) - (tree.left[node] as number)}, (_, at) => ({
          index,
          node,
          name: tree.classes[(tree.left[node] as number) + at] as number,
          value: tree.values[(tree.left[node] as number) + at] as number,
        }))
      : [],
  );
  const graph = new OnnxGraph();
  const row = graph.add('Reshape', ['input', graph.integers([-1, sizeOf(input)])]);
  const sums = graph.addOfTrees('TreeEnsembleRegressor', [row], {
    n_targets: classes,
    aggregate_function: leaves === 'shares' ? 'AVERAGE' : 'SUM',
    base_values: {floats: (weights['base'] as HostTensor<'float32'>).data},
    nodes_treeids: nodes.map(({index}) => index),
    nodes_nodeids: nodes.map(({node}) => node),
    nodes_featureids: nodes.map(({feature}) => Math.max(feature, 0)),
    nodes_values: {floats: Float32Array.from(nodes, ({tree, node}) => tree.threshold[node] as number)},
    nodes_modes: {strings: nodes.map(({feature}) => (isLeaf(feature) ? 'LEAF' : 'BRANCH_LEQ'))},
    nodes_truenodeids: nodes.map(({tree, node, feature}) => (isLeaf(feature) ? 0 : (tree.left[node] as number))),
    nodes_falsenodeids: nodes.map(({tree, node, feature}) => (isLeaf(feature) ? 0 : (tree.right[node] as number))),
    target_treeids: entries.map(({index}) => index),
    target_nodeids: entries.map(({node}) => node),
    target_ids: entries.map(({name}) => name),
    target_weights: {floats: Float32Array.from(entries, ({value}) => value)},
  });
  if (leaves === 'scores') return graph.encode(input, {node: sums, shape: [classes]});
  const least = graph.constant('smallestShare', [1], Float32Array.of(smallestShare));
  const node = graph.add('Log', [graph.add('Max', [sums, least])]);
  return graph.encode(input, {node, shape: [classes]});
}
