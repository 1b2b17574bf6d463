import {type Static, Type} from '@sinclair/typebox';
import {tf} from '../tensor/tensorflow.js';
import {
  decaySetting,
  defineOptimizer,
  epsilonSetting,
  float,
  type Optimizer,
  rateNode,
  rateSetting,
  waitFor,
} from './optimizer.js';

/** Settings that Adam and AdamW share, with Keras's defaults. */
export const moments = {
  rate: rateSetting(1e-3),
  beta1: decaySetting(0.9, {description: 'Decay of the mean.'}),
  beta2: decaySetting(0.999, {description: 'Decay of the mean square.'}),
  epsilon: epsilonSetting(1e-7),
};
const settings = Type.Object(moments, {additionalProperties: false, description: 'Kingma and Ba 2014.'});

/**
 * Kingma and Ba 2014, in Keras's form: ε is added to √v before bias correction. `before` changes the variable ahead of the update proper;
 * in a graph it returns the node to wait for.
 */
export function adamUpdate(
  {rate, beta1, beta2, epsilon}: Static<typeof settings>,
  before?: Pick<Optimizer, 'graphUpdate' | 'eagerUpdate'>,
): Optimizer {
  return {
    slots: ['m', 'v'],
    graphUpdate: (graph, update) => {
      const {
        variable,
        slots: [m = '', v = ''],
        gradient,
        count,
        rateFactor,
        after,
      } = update;
      const [first, second] = [graph.scalar(beta1), graph.scalar(beta2)];
      const powers = [first, second].map((beta) => graph.add('Pow', [beta, count], float));
      const waiting = waitFor(before ? [...after, before.graphUpdate(graph, update)] : after);
      const step = [rateNode(graph, rate, rateFactor), first, second, graph.scalar(epsilon)];
      return graph.add('ResourceApplyAdam', [variable, m, v, ...powers, ...step, gradient, ...waiting], float);
    },
    eagerUpdate: (variable, slots, gradient, count, rateFactor = 1) => {
      const [m, v] = slots;
      if (!m || !v) throw new Error('adam needs its slots');
      before?.eagerUpdate(variable, slots, gradient, count, rateFactor);
      m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
      v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const step = (rate * rateFactor * Math.sqrt(1 - beta2 ** count)) / (1 - beta1 ** count);
      variable.assign(tf.sub(variable, tf.div(tf.mul(m, step), tf.add(tf.sqrt(v), epsilon))));
    },
  };
}

export const adam = defineOptimizer({settings, create: (given) => adamUpdate(given)});
