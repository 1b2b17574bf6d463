import type {Report} from '../core/node.js';
import type {LayerSpec, Shape} from '../core/ports.js';
import {type Layout, layOut} from '../networks/architecture.js';
import {showShape} from '../networks/layer.js';

/** Layer lists of a node's params by name. */
type LayerLists<N extends string> = Readonly<Record<N, readonly LayerSpec[] | undefined>>;

/** Follows the layer lists of a node's params and reports what does not fit, each at its layer. */
export class LayerChecks<N extends string> {
  readonly #lists: LayerLists<N>;
  readonly #report: Report;

  constructor(lists: LayerLists<N>, report: Report) {
    this.#lists = lists;
    this.#report = report;
  }

  /** The shapes of a list for an input; `undefined` when they do not fit, with the end of the list `cause` as where the input came from. */
  follow(name: N, input: Shape, cause?: N): Layout | undefined {
    const laid = layOut({input, layers: this.#layers(name)});
    if (laid.status === 'fits') return laid.layout;
    const {index, problem, hint} = laid;
    this.#report({
      path: ['with', name, index],
      message: problem,
      ...(hint && {hint}),
      ...(cause && {related: [{path: this.end(cause), message: 'the code comes from here'}]}),
    });
    return undefined;
  }

  /** Reports a list that ends in another shape. */
  expectShape(name: N, found: Layout | undefined, wanted: Shape): void {
    if (found && showShape(found.output) !== showShape(wanted))
      this.atEnd(name, `Expected the ${name} to end in shape ${showShape(wanted)}, got ${showShape(found.output)}`);
  }

  /** Reports a list that does not end in this shape, and in `sigmoid`. */
  expectProbabilities(name: N, found: Layout | undefined, wanted: Shape): void {
    this.expectShape(name, found, wanted);
    const last = this.#layers(name).at(-1);
    if (last !== 'sigmoid') this.atEnd(name, `Expected the ${name} to end in \`sigmoid\`, got \`${showLayer(last)}\``);
  }

  /** Reports something at the last layer of a list. */
  atEnd(name: N, message: string, hint?: string): void {
    this.#report({path: this.end(name), message, ...(hint && {hint})});
  }

  /** Path of the last layer of a list. */
  end(name: N): readonly (string | number)[] {
    return ['with', name, this.#layers(name).length - 1];
  }

  #layers(name: N): readonly LayerSpec[] {
    return this.#lists[name] ?? [];
  }
}

const showLayer = (layer: LayerSpec | undefined): string => (typeof layer === 'string' ? layer : JSON.stringify(layer));
