import type {Executor} from '../core/executor.js';
import type {Finding} from '../core/finding.js';
import type {Located} from '../tensor/setup/locate.js';

/** Settings that every kind of executor understands. */
interface ExecutorSettings {
  /** Number of processors that the attempts share. */
  readonly slots: number;
  /** TensorFlow on this machine. */
  readonly tensorflow: Located;
}

interface ExecutorKind {
  open(settings: ExecutorSettings): Promise<Executor>;
  /** Findings of `pipeline doctor` about it. */
  findings(): Promise<readonly Finding[]>;
}

/** Every kind of executor, by name; its modules are loaded when it is asked for. */
export const executors = {
  local: {
    open: async (settings) => (await import('./local/executor.js')).localExecutor(settings),
    findings: async () => (await import('./local/findings.js')).findings(),
  },
} satisfies Readonly<Record<string, ExecutorKind>>;
