export interface TsneOptions {
  /** Effective number of neighbours; of several, their kernels are averaged. */
  readonly perplexity: number | readonly number[];
  /** Iterations in all; the first 250 (at most a third) exaggerate. */
  readonly iterations: number;
  /** All pairs have a similarity, not only those with the 3 × perplexity nearest. */
  readonly exact?: boolean;
  /** Called now and then with what is done of `total`; throwing ends the computation. */
  readonly onProgress?: (done: number, total: number, unit: 'code' | 'iteration') => void;
  /** Threads, by default one a core; the map is the same on any number. */
  readonly threads?: number;
}
