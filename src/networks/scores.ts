import type {HostTensor, PackedTensor} from '../core/host-tensor.js';
import type {ModelValue} from '../core/ports.js';
import {ensembleScores, isTreeEnsemble} from '../numerics/trees/ensemble.js';
import {encode, withNetwork} from './evaluate.js';

/** Scores that a classifier of either sort gives examples: one a class before any softmax, float32 [examples, classes]. */
export function classifierScores(model: ModelValue, examples: PackedTensor): HostTensor<'float32'> {
  const {architecture, weights} = model;
  if (isTreeEnsemble(architecture)) return ensembleScores(architecture, weights, examples);
  return withNetwork('classifier', model, (network) => encode(network, examples));
}
