import type {Architecture} from '../networks/architecture.js';
import {Network} from '../networks/network.js';
import {RandomStream} from '../tensor/random.js';
import {tf} from '../tensor/tensorflow.js';

type Architectures = Readonly<Record<string, Architecture>>;

/** A network for each architecture, by the same names. */
type NetworksOf<A extends Architectures> = {readonly [K in keyof A]: Network};

/** Draws what is random before the first step: the numbers of step −1. */
export function drawFirst<T>(seed: number, draw: (random: RandomStream) => T): T {
  const step = tf.scalar(-1, 'int32');
  try {
    return draw(new RandomStream(seed, step));
  } finally {
    step.dispose();
  }
}

/** Networks with fresh weights, drawn one network after the other. */
export const initialise = <A extends Architectures>(architectures: A, seed: number): NetworksOf<A> =>
  drawFirst(seed, (random) => initialiseFrom(architectures, random));

/** The same from numbers of which some may have been drawn. */
export const initialiseFrom = <A extends Architectures>(architectures: A, random: RandomStream): NetworksOf<A> =>
  Object.fromEntries(
    Object.entries(architectures).map(([name, architecture]) => [name, Network.initialise(name, architecture, random)]),
  ) as NetworksOf<A>;
