import {Type} from '@sinclair/typebox';
import {tf} from '../tensor/tensorflow.js';
import {adamUpdate, moments} from './adam.js';
import {decaySetting, defineOptimizer, float, type Optimizer, rateNode, waitFor} from './optimizer.js';

/** Adam with decoupled weight decay, with Keras's defaults. Source: Loshchilov and Hutter 2017. */
export const adamw = defineOptimizer({
  settings: Type.Object(
    {...moments, weightDecay: decaySetting(0.004, {description: 'Share of each weight taken away a step, times the rate.'})},
    {additionalProperties: false, description: 'Loshchilov and Hutter 2017.'},
  ),
  create: ({weightDecay, ...settings}) => adamUpdate(settings, weightDecay > 0 ? decay(settings.rate, weightDecay) : undefined),
});

/** variable −= rate · weightDecay · variable. */
function decay(rate: number, weightDecay: number): Pick<Optimizer, 'graphUpdate' | 'eagerUpdate'> {
  return {
    graphUpdate: (graph, {variable, rateFactor, after}) => {
      const dtype = {dtype: {type: 'float32'}} as const;
      const share = rateNode(graph, rate * weightDecay, rateFactor);
      const value = graph.add('ReadVariableOp', [variable, ...waitFor(after)], dtype);
      return graph.add('AssignSubVariableOp', [variable, graph.add('Mul', [value, share], float)], dtype);
    },
    eagerUpdate: (variable, _slots, _gradient, _count, rateFactor = 1) =>
      variable.assign(tf.mul(variable, 1 - rate * rateFactor * weightDecay)),
  };
}
