import type {EpochFigures} from '../core/epoch-history.js';
import type {HostTensor} from '../core/host-tensor.js';
import type {Companion} from './companion.js';

type Weights = Readonly<Record<string, HostTensor>>;

interface BestEpochRules {
  /** The figure that is watched, such as `validation/accuracy`; epochs without it are passed over. */
  readonly figure: string;
  readonly better: 'higher' | 'lower';
  /** Epochs without a better one after which training ends; never when not given. */
  readonly patience?: number | undefined;
  /** Copies the weights as they are now; the best epoch's are kept. Not given: none are kept. */
  readonly weights?: (() => Weights) | undefined;
}

/** Watches one figure of the epochs: keeps the weights of the best, and says when there has been no better one for too long. */
export class BestEpoch implements Companion {
  readonly #rules: BestEpochRules;
  #weights: Weights = {};
  readonly state = {
    read: (): Weights => this.#weights,
    write: (weights: Weights): void => {
      this.#weights = weights;
    },
  };

  constructor(rules: BestEpochRules) {
    this.#rules = rules;
  }

  /** Weights of the best epoch so far; none before there is one. */
  get weights(): Weights {
    return this.#weights;
  }

  /** The first of the epochs with the best figure. */
  of(history: readonly EpochFigures[]): EpochFigures | undefined {
    const {figure, better} = this.#rules;
    let best: EpochFigures | undefined;
    for (const figures of history) {
      const [value, record] = [figures[figure], best?.[figure]];
      if (value === undefined || Number.isNaN(value)) continue;
      if (record === undefined || (better === 'higher' ? value > record : value < record)) best = figures;
    }
    return best;
  }

  afterEpoch(history: readonly EpochFigures[]): void {
    const best = this.of(history);
    if (best && best === history.at(-1) && this.#rules.weights) this.#weights = this.#rules.weights();
  }

  isOver(history: readonly EpochFigures[]): boolean {
    const {patience} = this.#rules;
    const [best, last] = [this.of(history), history.at(-1)];
    return patience !== undefined && best !== undefined && last !== undefined && last.epoch - best.epoch >= patience;
  }
}
