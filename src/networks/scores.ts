import type {HostTensor, PackedTensor} from '../core/host-tensor.js';
import {ensembleScores, isTreeEnsemble} from '../numerics/trees/ensemble.js';
import type {Architecture} from './architecture.js';
import {encode} from './evaluate.js';
import {Network} from './network.js';

/** What a classifier of either sort says of examples: a score a class before any softmax, float32 [examples, classes]. */
export function classifierScores(
  {architecture, weights}: {readonly architecture: unknown; readonly weights: Readonly<Record<string, HostTensor>>},
  examples: PackedTensor,
): HostTensor<'float32'> {
  if (isTreeEnsemble(architecture)) return ensembleScores(architecture, weights, examples);
  const network = Network.restore('classifier', architecture as Architecture, weights);
  const scores = encode(network, examples);
  network.dispose();
  return scores;
}
