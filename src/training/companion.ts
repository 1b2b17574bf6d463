import type {EpochFigures} from '../core/epoch-history.js';
import type {HostTensor} from '../core/host-tensor.js';

/** A step that has been taken. */
export interface StepTaken {
  /** Counted from 1. */
  readonly step: number;
  readonly endsEpoch: boolean;
  /** Brings the networks' weights up to date. */
  readonly pullWeights: () => void;
}

/** Watches a training, and may keep something of it, in checkpoints too. */
export interface Companion {
  afterStep?(taken: StepTaken): Promise<void>;
  /** Called when an epoch's figures are known and its weights in the networks; the last line of the history is that epoch. */
  afterEpoch?(history: readonly EpochFigures[]): void;
  /** True ends the training before its last epoch. */
  isOver?(history: readonly EpochFigures[]): boolean;
  readonly state?: CompanionState;
}

interface CompanionState {
  read(): Readonly<Record<string, HostTensor>>;
  /** Puts back what `read` gave. */
  write(state: Readonly<Record<string, HostTensor>>): void;
}
