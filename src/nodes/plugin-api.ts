/** What a plugin imports: `import {defineNode, Type} from 'tfpipe'`. */
export {type Static, Type} from '@sinclair/typebox';
export {Interrupted, type StageContext} from '../util/stage-context.js';
export {
  defineNode,
  type InputPort,
  type NodeDefinition,
  type RunContext,
  type TypeContext,
  type TypeIssue,
} from './define-node.js';
export type * from './ports.js';
