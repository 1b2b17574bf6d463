import type {HostTensor} from '../core/host-tensor.js';

/** A discriminator's mean cross-entropy under this tells real from generated without fail: its generator learns nothing more. */
const collapsedLoss = 1e-4;
/** Steps in a row, since a single easy batch means nothing. */
const collapsedSteps = 200;

/** Looks at the losses of every step for signs of a spoilt training. Reports each sign once. */
export class LossTripwires {
  readonly #reported = new Set<string>();
  #collapsed = 0;

  /** A sign of a spoilt training after this step, as "Expected …, got …"; `undefined` when there is no new one. */
  fault(losses: Readonly<Record<string, number>>): string | undefined {
    for (const name in losses) {
      const loss = losses[name] as number;
      if (!Number.isFinite(loss)) return this.#once(name, `Expected \`${name}\` to be a finite number, got ${loss}`);
      if (name === 'discriminatorLoss') {
        this.#collapsed = loss < collapsedLoss ? this.#collapsed + 1 : 0;
        if (this.#collapsed === collapsedSteps)
          return this.#once(
            'collapse',
            `Expected the discriminator to err now and then, got a loss under ${collapsedLoss} for ${collapsedSteps} steps: it has collapsed, and what it judges learns nothing from it`,
          );
      }
    }
    return undefined;
  }

  #once(kind: string, sentence: string): string | undefined {
    if (this.#reported.has(kind)) return undefined;
    this.#reported.add(kind);
    return sentence;
  }
}

/** The first tensor with a value that is no finite number, as "Expected …, got …". */
export function nonFiniteTensor(tensors: Readonly<Record<string, HostTensor>>): string | undefined {
  for (const [name, {dtype, data}] of Object.entries(tensors)) {
    if (dtype !== 'float32') continue;
    const at = firstNonFinite(data);
    if (at >= 0) return `Expected \`${name}\` to hold finite numbers, got ${data[at]}`;
  }
  return undefined;
}

/** Index of the first value that is NaN or infinite; -1 when there is none. */
export function firstNonFinite(data: HostTensor['data']): number {
  // a sum is finite only if all values are, save where it overflows float64, which float32 values cannot make it do
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data[index] as number;
  return Number.isFinite(sum) ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
