import {type HostTensor, hostTensor, type PackedTensor, sizeOf} from '../core/host-tensor.js';
import type {StageReporter} from '../core/stage-context.js';
import {imageGrid} from '../figures/image-grid.js';
import type {Companion, StepTaken} from './companion.js';

interface Given {
  /** Samples of the same noise each time, float32 [count, height, width, channels], made with the present weights. */
  readonly sample: () => HostTensor;
  /** Smallest and largest value of a pixel. */
  readonly range: readonly [number, number];
  /** Steps between two snapshots, beside the one after each epoch. */
  readonly everySteps: number | undefined;
  readonly report: StageReporter;
}

/** Images that a generator makes of the same noise while it learns: shown when they are made, and kept as bytes. */
export class Snapshots implements Companion {
  readonly #given: Given;
  #images: Uint8Array[] = [];
  #steps: number[] = [];
  #shape: readonly number[] = [];
  readonly state = {
    read: () => ({images: this.#packed(), steps: this.#takenAfter()}),
    write: (state: Readonly<Record<string, HostTensor>>): void => this.#restore(state),
  };

  constructor(given: Given) {
    this.#given = given;
  }

  async afterStep({step, endsEpoch, pullWeights}: StepTaken): Promise<void> {
    const {sample, range, report, everySteps} = this.#given;
    if (!endsEpoch && (everySteps === undefined || step % everySteps !== 0)) return;
    pullWeights();
    const {shape, data} = sample();
    const [low, high] = range;
    const bytes = Uint8Array.from(data, (value) =>
      Math.round((255 * (Math.min(Math.max(value, low), high) - low)) / (high - low)),
    );
    this.#shape = shape;
    this.#images.push(bytes);
    this.#steps.push(step);
    const [count = 0, height = 0, width = 0] = shape;
    const images = Float32Array.from(bytes, (value) => value / 255);
    const columns = Math.ceil(Math.sqrt(count));
    report.picture('samples', step, await imageGrid({images, count, height, width, columns, scale: 1}));
  }

  /** uint8 [snapshots, count, height, width, channels], standing for pixels in the range; the steps they were taken after. */
  tensors(): {readonly images: PackedTensor; readonly steps: HostTensor<'int32'>} {
    const [low, high] = this.#given.range;
    return {images: {...this.#packed(), affine: {scale: (high - low) / 255, offset: low}}, steps: this.#takenAfter()};
  }

  #packed(): HostTensor<'uint8'> {
    const size = sizeOf(this.#shape);
    const all = new Uint8Array(this.#images.length * size);
    for (const [index, bytes] of this.#images.entries()) all.set(bytes, index * size);
    return hostTensor('uint8', [this.#images.length, ...this.#shape], all);
  }

  #takenAfter(): HostTensor<'int32'> {
    return hostTensor('int32', [this.#steps.length], Int32Array.from(this.#steps));
  }

  #restore({images, steps}: Readonly<Record<string, HostTensor>>): void {
    if (!images || !steps) throw new Error('Expected the checkpoint to hold snapshots, got none');
    this.#shape = images.shape.slice(1);
    const size = sizeOf(this.#shape);
    this.#steps = [...steps.data];
    this.#images = this.#steps.map((_, index) => (images.data as Uint8Array).slice(index * size, (index + 1) * size));
  }
}
