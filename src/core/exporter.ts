import type {PortKind, PortType, PortValue} from './ports.js';

export interface ExportedFile {
  /** The name of a file, never a path. */
  readonly name: string;
  readonly content: Uint8Array | string;
}

/** A format of files that other programs read. */
export interface Exporter {
  /** As `pipeline export --format` spells it. */
  readonly format: string;
  /** Kinds of results that have a form in it. */
  readonly takes: readonly PortKind[];
  /** The files of a result of a kind that it takes; their names begin with `stem`. Equal values give equal bytes. */
  files(stem: string, value: PortValue, type: PortType): Promise<readonly ExportedFile[]>;
}
