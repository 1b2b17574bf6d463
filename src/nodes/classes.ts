import type {TensorType} from '../core/ports.js';

/** Number of classes of labels, where their range is known. */
export const countClasses = (labels: TensorType | undefined): number | undefined => labels?.range && labels.range[1] + 1;

/** Name of a class: the labels' own, or its number. */
export const className = (labels: TensorType | undefined, index: number): string => labels?.classes?.[index] ?? String(index);
