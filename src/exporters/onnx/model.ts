import type {HostTensor} from '../../core/host-tensor.js';
import type {Shape} from '../../core/ports.js';
import {type Architecture, layoutOf} from '../../networks/architecture.js';
import {isTreeEnsemble} from '../../numerics/trees/ensemble.js';
import {networkToOnnx} from './network.js';
import {treesToOnnx} from './trees.js';

interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Shapes of one example. */
  readonly input: Shape;
  readonly output: Shape;
}

/** A model of layers or of trees, as its architecture.json says, in ONNX. Throws when layers do not fit each other. */
export function toOnnx(architecture: unknown, weights: Readonly<Record<string, HostTensor>>): OnnxModel {
  if (isTreeEnsemble(architecture))
    return {bytes: treesToOnnx(architecture, weights), input: architecture.input, output: [architecture.trees.classes]};
  const network = architecture as Architecture;
  return {bytes: networkToOnnx(network, weights), input: network.input, output: layoutOf(network).output};
}
