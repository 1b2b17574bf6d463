import {type HostTensor, hostTensor} from '../../core/host-tensor.js';

/** Examples by their true class (row) and the one they are taken for (column). */
type ConfusionMatrix = readonly (readonly number[])[];

/** Probabilities by softmax, float32 [examples, classes], from scores of the same shape; computed in float64. */
export function probabilitiesOf({shape, data}: HostTensor<'float32'>): HostTensor<'float32'> {
  const [, classes = 0] = shape;
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += classes) {
    const scores = data.subarray(start, start + classes);
    const offset = logSumExp(scores);
    for (let index = 0; index < classes; index++) result[start + index] = Math.exp((scores[index] as number) - offset);
  }
  return hostTensor('float32', shape, result);
}

/** Class of the largest score of each example; of equal ones the first. */
export function predictionsOf({shape, data}: HostTensor<'float32'>): Int32Array {
  const [examples = 0, classes = 0] = shape;
  return Int32Array.from({length: examples}, (_, example) => {
    let best = 0;
    for (let index = 1; index < classes; index++)
      if ((data[example * classes + index] as number) > (data[example * classes + best] as number)) best = index;
    return best;
  });
}

export function confusionMatrix(labels: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): ConfusionMatrix {
  const matrix = Array.from({length: classes}, () => new Array<number>(classes).fill(0));
  for (let index = 0; index < labels.length; index++) {
    const row = matrix[labels[index] as number] as number[];
    row[predicted[index] as number] = (row[predicted[index] as number] ?? 0) + 1;
  }
  return matrix;
}

/** Figures of one class; 0 where there is nothing to divide by, as scikit-learn's `zero_division=0`. */
interface ClassFigures {
  /** Share of those taken for the class that are of it. */
  readonly precision: number;
  /** Share of those of the class that are taken for it. */
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
  /** Examples of the class. */
  readonly support: number;
}

export function classFigures(matrix: ConfusionMatrix): ClassFigures[] {
  return matrix.map((row, index) => {
    const right = row[index] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const taken = matrix.reduce((sum, other) => sum + (other[index] ?? 0), 0);
    const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
    return {precision: share(right, taken), recall: share(right, support), f1: share(2 * right, support + taken), support};
  });
}

/** Mean of −log p(label) in nats, p the softmax of the scores; exact where probabilities in float32 would be 0. */
export function logLoss({shape, data}: HostTensor<'float32'>, labels: ArrayLike<number>): number {
  const [examples = 0, classes = 0] = shape;
  let total = 0;
  for (let example = 0; example < examples; example++) {
    const scores = data.subarray(example * classes, (example + 1) * classes);
    total += logSumExp(scores) - (scores[labels[example] as number] as number);
  }
  return total / examples;
}

/**
 * Expected calibration error: examples in `bins` equal intervals (low, high] by the largest probability; the mean over all examples of
 * |accuracy − mean probability| of their interval. Source: Guo, Pleiss, Sun, Weinberger 2017.
 */
export function calibrationError({shape, data}: HostTensor<'float32'>, labels: ArrayLike<number>, bins: number): number {
  const [examples = 0, classes = 0] = shape;
  const predicted = predictionsOf(hostTensor('float32', shape, data));
  const gaps = new Float64Array(bins);
  for (let example = 0; example < examples; example++) {
    const found = predicted[example] as number;
    const confidence = data[example * classes + found] as number;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    gaps[bin] = (gaps[bin] as number) + (found === labels[example] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / examples;
}

/** log Σ e^z, the largest taken off first. */
function logSumExp(scores: Float32Array): number {
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
}
