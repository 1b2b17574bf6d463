import {tf} from '../../tensor/tensorflow.js';
import {defineLayer} from '../layer.js';

/** Keeps the division finite where a channel does not vary; as in Keras's Normalization. */
export const smallestDeviation = 1e-7;

/**
 * (x − mean) / √variance of each channel (the last axis), with numbers that came with the network and that training leaves alone: 0 and
 * 1 in a network that was not loaded.
 */
export const standardise = defineLayer({
  name: 'standardise',
  description: 'Subtracts a stored mean of each channel and divides by a stored deviation; loaded networks bring them.',
  weights: (_params, input) => {
    const shape = [input.at(-1) ?? 0];
    return [
      {name: 'mean', shape, initial: {kind: 'zeros'}, learns: false},
      {name: 'variance', shape, initial: {kind: 'ones'}, learns: false},
    ];
  },
  apply: (input, {mean, variance}) =>
    tf.div(tf.sub(input, mean as never), tf.maximum(tf.sqrt(variance as never), smallestDeviation)),
});
