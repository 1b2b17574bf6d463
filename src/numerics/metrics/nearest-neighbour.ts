import type {HostTensor} from '../../core/host-tensor.js';
import {nearest as nearestKernels} from '../../wasm/kernels/nearest.js';
import {Threads} from '../../wasm/threads.js';
import {nearestPoints} from './nearest.js';

export interface Labelled {
  /** float32 [count, dimensions]. */
  readonly codes: HostTensor<'float32'>;
  /** [count], classes as small integers. */
  readonly labels: HostTensor;
}

/**
 * Share of `tested` whose class most of the `k` nearest of `trained` have (Euclidean, exact; a tie goes to the smallest class, as in
 * scikit-learn's KNeighborsClassifier). Chance is one over the number of classes.
 */
export async function nearestNeighbourAccuracy(trained: Labelled, tested: Labelled, k: number): Promise<number> {
  const [queries = 0] = tested.codes.shape;
  const {indices} = await Threads.use([nearestKernels], (threads) =>
    nearestPoints(threads, trained.codes, k, {queries: tested.codes}),
  );
  let right = 0;
  for (let query = 0; query < queries; query++) {
    if (majority(indices.subarray(query * k, (query + 1) * k), trained.labels) === tested.labels.data[query]) right++;
  }
  return right / queries;
}

function majority(indices: Iterable<number>, labels: HostTensor): number {
  const votes = new Map<number, number>();
  for (const index of indices) {
    const label = labels.data[index] ?? -1;
    votes.set(label, (votes.get(label) ?? 0) + 1);
  }
  let winner = -1;
  let most = 0;
  for (const [label, count] of votes) {
    if (count > most || (count === most && label < winner)) {
      winner = label;
      most = count;
    }
  }
  return winner;
}
