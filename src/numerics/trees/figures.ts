import type {HostTensor, PackedTensor} from '../../core/host-tensor.js';
import {logLoss, predictionsOf} from '../metrics/classification.js';
import {sharedBytes} from './shared.js';

/** Examples [examples, …] and the class of each, uint8 or int32 [examples]. */
export interface LabelledExamples {
  readonly examples: PackedTensor;
  readonly labels: PackedTensor;
}

/** The classes as bytes that threads share. */
export function labelsOf({labels}: LabelledExamples): Uint8Array {
  const shared = sharedBytes(labels.data.length);
  shared.set(labels.data);
  return shared;
}

/** Mean cross-entropy in nats and accuracy of scores, float32 [examples, classes]. */
export function figuresOf(scores: HostTensor<'float32'>, labels: Uint8Array): {readonly loss: number; readonly accuracy: number} {
  const right = predictionsOf(scores).reduce((sum, found, index) => sum + (found === labels[index] ? 1 : 0), 0);
  return {loss: logLoss(scores, labels), accuracy: right / labels.length};
}

export const prefixed = (prefix: string, figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]));
