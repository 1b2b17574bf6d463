import type {HostTensor} from '../../tensor/host-tensor.js';
import {NearestList} from './distances.js';

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
export function nearestNeighbourAccuracy(trained: Labelled, tested: Labelled, k: number): number {
  const [, dimensions = 0] = trained.codes.shape;
  const [queries = 0] = tested.codes.shape;
  const nearest = new NearestList(k);
  let right = 0;
  for (let query = 0; query < queries; query++) {
    nearest.search(trained.codes.data, tested.codes.data.subarray(query * dimensions, (query + 1) * dimensions));
    if (majority(nearest.indices, trained.labels) === tested.labels.data[query]) right++;
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
