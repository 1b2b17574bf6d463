import {Type} from '@sinclair/typebox';
import {tf} from '../tensor/tensorflow.js';
import {decaySetting, defineOptimizer, float, type Optimizer, rateNode, rateSetting, waitFor} from './optimizer.js';

/** Gradient descent, with Keras's defaults. */
export const sgd = defineOptimizer({
  settings: Type.Object(
    {
      rate: rateSetting(0.01),
      momentum: decaySetting(0, {description: 'Share of the last step kept.'}),
      nesterov: Type.Boolean({default: false, description: 'Look ahead (Nesterov 1983).'}),
    },
    {additionalProperties: false, description: 'Gradient descent.'},
  ),
  create: ({rate, momentum, nesterov}) => (momentum === 0 ? descent(rate) : heavyBall(rate, momentum, nesterov)),
});

function descent(rate: number): Optimizer {
  return {
    slots: [],
    graphUpdate: (graph, {variable, gradient, rateFactor, after}) => {
      const inputs = [variable, rateNode(graph, rate, rateFactor), gradient, ...waitFor(after)];
      return graph.add('ResourceApplyGradientDescent', inputs, float);
    },
    eagerUpdate: (variable, _slots, gradient, _count, rateFactor = 1) =>
      variable.assign(tf.sub(variable, tf.mul(gradient, rate * rateFactor))),
  };
}

/** Keras's momentum: a ← μ a − η g; w ← w + a, or with Nesterov's look ahead w ← w + μ a − η g. */
function heavyBall(rate: number, momentum: number, nesterov: boolean): Optimizer {
  return {
    slots: ['momentum'],
    graphUpdate: (graph, {variable, slots: [velocity = ''], gradient, rateFactor, after}) => {
      const now = rateNode(graph, rate, rateFactor);
      const inputs = [variable, velocity, now, gradient, graph.scalar(momentum), ...waitFor(after)];
      return graph.add('ResourceApplyKerasMomentum', inputs, {...float, use_nesterov: {bool: nesterov}});
    },
    eagerUpdate: (variable, [velocity], gradient, _count, rateFactor = 1) => {
      if (!velocity) throw new Error('momentum needs its slot');
      const step = tf.mul(gradient, rate * rateFactor);
      velocity.assign(tf.sub(tf.mul(velocity, momentum), step));
      const change = nesterov ? tf.sub(tf.mul(velocity, momentum), step) : velocity;
      variable.assign(tf.add(variable, change));
    },
  };
}
