/** The API for plugins: `import {defineNode, Type} from 'tfpipe'`. */
export {type Static, Type} from '@sinclair/typebox';
export {type DType, type HostTensor, hostTensor, rows} from '../core/host-tensor.js';
export {
  defineNode,
  type InputPort,
  type NodeDefinition,
  type Report,
  type TypeIssue,
} from '../core/node.js';
export type * from '../core/ports.js';
export {Interrupted, type StageContext} from '../core/stage-context.js';
export {tf} from '../tensor/tensorflow.js';
export {mapDataset, mapDatasetType} from './map-dataset.js';
