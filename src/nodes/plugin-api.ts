/** What a plugin imports: `import {defineNode, Type} from 'tfpipe'`. */
export {type Static, Type} from '@sinclair/typebox';
export {type DType, type HostTensor, hostTensor, rows} from '../tensor/host-tensor.js';
export {tf} from '../tensor/tensorflow.js';
export {Interrupted, type StageContext} from '../util/stage-context.js';
export {
  defineNode,
  type InputPort,
  type NodeDefinition,
  type RunContext,
  type TypeContext,
  type TypeIssue,
} from './define-node.js';
export {mapDataset, mapDatasetType} from './map-dataset.js';
export type * from './ports.js';
