import type * as tfjs from '@tensorflow/tfjs';
import type {GraphBuilder, NodeRef} from '../tensor/graph.js';
import {tf} from '../tensor/tensorflow.js';

/** An optimiser by its name in a recipe, with Keras's defaults for what is left out. */
export type OptimizerConfig =
  | {readonly adam: {readonly rate?: number; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number}}
  | {
      readonly adamw: {
        readonly rate?: number;
        readonly beta1?: number;
        readonly beta2?: number;
        readonly epsilon?: number;
        readonly weightDecay?: number;
      };
    }
  | {readonly sgd: {readonly rate?: number; readonly momentum?: number; readonly nesterov?: boolean}}
  | {readonly rmsprop: {readonly rate?: number; readonly rho?: number; readonly epsilon?: number}};

/** What one update works on in a graph: a resource variable, its slots, its gradient; `count` is 1 at the first update. */
export interface GraphUpdate {
  readonly variable: NodeRef;
  readonly shape: readonly number[];
  readonly slots: readonly NodeRef[];
  readonly gradient: NodeRef;
  /** float32 scalar. */
  readonly count: NodeRef;
  /** float32 scalar that the rate is multiplied by, when it changes from step to step. */
  readonly rateFactor?: NodeRef | undefined;
  /** Control inputs: what must have happened before. */
  readonly after: readonly NodeRef[];
}

/** An optimiser with its settings. Slots are float32, shaped like the variable, zero at first. */
export interface Optimizer {
  readonly slots: readonly string[];
  /** Adds the update to a graph as one of TensorFlow's training kernels; returns the node to wait for. */
  graphUpdate(graph: GraphBuilder, update: GraphUpdate): NodeRef;
  /** The same update, operation by operation; `count` is 1 at the first update. */
  eagerUpdate(
    variable: tfjs.Variable,
    slots: readonly tfjs.Variable[],
    gradient: tfjs.Tensor,
    count: number,
    rateFactor?: number,
  ): void;
}

const float = {T: {type: 'float32'}} as const;

/** A rate as it is at this step. */
const rateNode = (graph: GraphBuilder, rate: number, factor: NodeRef | undefined): NodeRef =>
  factor === undefined ? graph.scalar(rate) : graph.add('Mul', [graph.scalar(rate), factor], float);

export function createOptimizer(config: OptimizerConfig): Optimizer {
  if ('adam' in config) return adam({weightDecay: 0, ...config.adam});
  if ('adamw' in config) return adam({weightDecay: 0.004, ...config.adamw});
  if ('sgd' in config) return config.sgd.momentum ? momentum(config.sgd) : descent(config.sgd.rate ?? 0.01);
  return rmsprop(config.rmsprop);
}

/** Kingma and Ba 2014, in Keras's form: ε is added to √v before bias correction. Decoupled decay: Loshchilov and Hutter 2017. */
function adam(settings: {rate?: number; beta1?: number; beta2?: number; epsilon?: number; weightDecay: number}): Optimizer {
  const {rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay} = settings;
  return {
    slots: ['m', 'v'],
    graphUpdate: (graph, {variable, slots: [m = '', v = ''], gradient, count, rateFactor, after}) => {
      const waiting = after.map((node) => `^${node}`);
      const [first, second] = [beta1, beta2].map(graph.scalar, graph) as [NodeRef, NodeRef];
      const powers = [first, second].map((beta) => graph.add('Pow', [beta, count], float));
      const decayed =
        weightDecay > 0 ? [`^${decay(graph, variable, rateNode(graph, rate * weightDecay, rateFactor), waiting)}`] : [];
      const inputs = [
        variable,
        m,
        v,
        ...powers,
        rateNode(graph, rate, rateFactor),
        first,
        second,
        graph.scalar(epsilon),
        gradient,
        ...waiting,
        ...decayed,
      ];
      return graph.add('ResourceApplyAdam', inputs, float);
    },
    eagerUpdate: (variable, [m, v], gradient, count, rateFactor = 1) => {
      if (!m || !v) throw new Error('adam needs its slots');
      if (weightDecay > 0) variable.assign(tf.mul(variable, 1 - rate * rateFactor * weightDecay));
      m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
      v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const step = (rate * rateFactor * Math.sqrt(1 - beta2 ** count)) / (1 - beta1 ** count);
      variable.assign(tf.sub(variable, tf.div(tf.mul(m, step), tf.add(tf.sqrt(v), epsilon))));
    },
  };
}

/** variable −= share · variable, before the update proper. */
function decay(graph: GraphBuilder, variable: NodeRef, share: NodeRef, waiting: readonly NodeRef[]): NodeRef {
  const dtype = {dtype: {type: 'float32'}} as const;
  const value = graph.add('ReadVariableOp', [variable, ...waiting], dtype);
  return graph.add('AssignSubVariableOp', [variable, graph.add('Mul', [value, share], float)], dtype);
}

function descent(rate: number): Optimizer {
  return {
    slots: [],
    graphUpdate: (graph, {variable, gradient, rateFactor, after}) =>
      graph.add(
        'ResourceApplyGradientDescent',
        [variable, rateNode(graph, rate, rateFactor), gradient, ...after.map((node) => `^${node}`)],
        float,
      ),
    eagerUpdate: (variable, _slots, gradient, _count, rateFactor = 1) =>
      variable.assign(tf.sub(variable, tf.mul(gradient, rate * rateFactor))),
  };
}

/** Keras's momentum: a ← μ a − η g; w ← w + a, or with Nesterov's look ahead w ← w + μ a − η g. */
function momentum({
  rate = 0.01,
  momentum: kept = 0,
  nesterov = false,
}: {
  rate?: number;
  momentum?: number;
  nesterov?: boolean;
}): Optimizer {
  return {
    slots: ['momentum'],
    graphUpdate: (graph, {variable, slots: [velocity = ''], gradient, rateFactor, after}) => {
      const now = rateNode(graph, rate, rateFactor);
      const inputs = [variable, velocity, now, gradient, graph.scalar(kept), ...after.map((node) => `^${node}`)];
      return graph.add('ResourceApplyKerasMomentum', inputs, {...float, use_nesterov: {bool: nesterov}});
    },
    eagerUpdate: (variable, [velocity], gradient, _count, rateFactor = 1) => {
      if (!velocity) throw new Error('momentum needs its slot');
      const step = tf.mul(gradient, rate * rateFactor);
      velocity.assign(tf.sub(tf.mul(velocity, kept), step));
      const change = nesterov ? tf.sub(tf.mul(velocity, kept), step) : velocity;
      variable.assign(tf.add(variable, change));
    },
  };
}

/** Hinton 2012, in Keras's form: w ← w − η g / √(v + ε). */
function rmsprop({rate = 1e-3, rho = 0.9, epsilon = 1e-7}: {rate?: number; rho?: number; epsilon?: number}): Optimizer {
  return {
    slots: ['velocity', 'momentum'],
    graphUpdate: (graph, {variable, slots: [velocity = '', velocityMomentum = ''], gradient, rateFactor, after}) => {
      const settings = [rateNode(graph, rate, rateFactor), ...[rho, 0, epsilon].map(graph.scalar, graph)];
      const inputs = [variable, velocity, velocityMomentum, ...settings, gradient, ...after.map((node) => `^${node}`)];
      return graph.add('ResourceApplyRMSProp', inputs, float);
    },
    eagerUpdate: (variable, [velocity, change], gradient, _count, rateFactor = 1) => {
      if (!velocity || !change) throw new Error('rmsprop needs its slots');
      velocity.assign(tf.add(tf.mul(velocity, rho), tf.mul(tf.square(gradient), 1 - rho)));
      change.assign(tf.div(tf.mul(gradient, rate * rateFactor), tf.sqrt(tf.add(velocity, epsilon))));
      variable.assign(tf.sub(variable, change));
    },
  };
}
