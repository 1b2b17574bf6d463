import type {Architecture} from '#tfpipe/networks/architecture.js';
import {Network} from '#tfpipe/networks/network.js';
import {RandomStream} from '#tfpipe/tensor/random.js';
import {tf} from '#tfpipe/tensor/tensorflow.js';

/** A network with fresh weights, the same at every call. */
export function newNetwork(name: string, architecture: Architecture): Network {
  const start = tf.scalar(-1, 'int32');
  const network = Network.initialise(name, architecture, new RandomStream(5, start));
  start.dispose();
  return network;
}
