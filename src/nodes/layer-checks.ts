import type {TypeIssue} from '../core/node.js';
import type {DatasetType, LayerSpec, Shape} from '../core/ports.js';
import {layOut} from '../networks/architecture.js';
import {showShape} from '../networks/layer.js';

/** Follows the layer lists of a node's params and collects what does not fit, each at its layer. */
export class LayerChecks {
  readonly issues: TypeIssue[] = [];
  readonly #lists: Readonly<Record<string, unknown>>;

  /** `lists`: the node's params, of which some are layer lists. */
  constructor(lists: Readonly<Record<string, unknown>>) {
    this.#lists = lists;
  }

  /** What a list gives for an input; `undefined` when it does not fit, with the end of the list `cause` as where that came from. */
  follow(name: string, input: Shape, cause?: string): Shape | undefined {
    const laid = layOut({input, layers: this.layers(name)});
    if (laid.status === 'fits') return laid.layout.output;
    const {index, problem, hint} = laid;
    this.issues.push({
      path: ['with', name, index],
      message: problem,
      ...(hint && {hint}),
      ...(cause && {related: [{path: this.#end(cause), message: 'the code comes from here'}]}),
    });
    return undefined;
  }

  /** Reports a list that does not end in this shape, and in `sigmoid`. */
  expectProbabilities(name: string, output: Shape | undefined, wanted: Shape): void {
    if (output && showShape(output) !== showShape(wanted))
      this.report(name, `Expected the ${name} to end in shape ${showShape(wanted)}, got ${showShape(output)}`);
    const last = this.layers(name).at(-1);
    if (last !== 'sigmoid') this.report(name, `Expected the ${name} to end in \`sigmoid\`, got \`${showLayer(last)}\``);
  }

  /** Reports something at the last layer of a list. */
  report(name: string, message: string, hint?: string): void {
    this.issues.push({path: this.#end(name), message, ...(hint && {hint})});
  }

  layers(name: string): readonly LayerSpec[] {
    return (this.#lists[name] ?? []) as readonly LayerSpec[];
  }

  #end(name: string): readonly (string | number)[] {
    return ['with', name, this.layers(name).length - 1];
  }
}

const showLayer = (layer: LayerSpec | undefined): string => (typeof layer === 'string' ? layer : JSON.stringify(layer));

/** The shape of the training images of an autoencoder, or what does not fit: pixels in 0..1, at least a batch of them. */
export function checkImages(
  data: DatasetType,
  batchSize: number,
): {readonly image: Shape; readonly issues: readonly TypeIssue[]} | TypeIssue {
  const images = data.splits['train']?.['images'];
  if (!images)
    return {path: ['in', 'data'], message: 'Expected the data set to have a split `train` with a tensor `images`, got none'};
  const issues: TypeIssue[] = [];
  if (!images.range || images.range[0] < 0 || images.range[1] > 1) {
    const got = images.range ? `${images.range[0]} to ${images.range[1]}` : 'an unknown range';
    issues.push({
      path: ['in', 'data'],
      message: `Expected pixels in 0..1, which cross-entropy needs, got ${got}`,
      hint: 'Put `normalise/scale` with `to: [0, 1]` before this stage.',
    });
  }
  const examples = images.shape[0];
  if (typeof examples === 'number' && batchSize > examples)
    issues.push({
      path: ['with', 'batchSize'],
      message: `Expected \`batchSize\` to be at most the ${examples} training examples, got ${batchSize}`,
    });
  return {image: images.shape.slice(1).map(Number), issues};
}
