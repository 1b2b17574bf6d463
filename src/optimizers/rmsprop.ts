import {Type} from '@sinclair/typebox';
import {tf} from '../tensor/tensorflow.js';
import {decaySetting, defineOptimizer, epsilonSetting, float, rateNode, rateSetting, waitFor} from './optimizer.js';

/** Hinton 2012, in Keras's form and with its defaults: w ← w − η g / √(v + ε). */
export const rmsprop = defineOptimizer({
  settings: Type.Object(
    {rate: rateSetting(1e-3), rho: decaySetting(0.9, {description: 'Decay of the mean square.'}), epsilon: epsilonSetting(1e-7)},
    {additionalProperties: false, description: 'Hinton 2012.'},
  ),
  create: ({rate, rho, epsilon}) => ({
    slots: ['velocity', 'momentum'],
    graphUpdate: (graph, {variable, slots: [velocity = '', momentum = ''], gradient, rateFactor, after}) => {
      const settings = [rateNode(graph, rate, rateFactor), ...[rho, 0, epsilon].map(graph.scalar, graph)];
      const inputs = [variable, velocity, momentum, ...settings, gradient, ...waitFor(after)];
      return graph.add('ResourceApplyRMSProp', inputs, float);
    },
    eagerUpdate: (variable, [velocity, change], gradient, _count, rateFactor = 1) => {
      if (!velocity || !change) throw new Error('rmsprop needs its slots');
      velocity.assign(tf.add(tf.mul(velocity, rho), tf.mul(tf.square(gradient), 1 - rho)));
      change.assign(tf.div(tf.mul(gradient, rate * rateFactor), tf.sqrt(tf.add(velocity, epsilon))));
      variable.assign(tf.sub(variable, change));
    },
  }),
});
