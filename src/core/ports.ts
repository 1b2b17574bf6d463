import type {DType, HostTensor, PackedTensor} from './host-tensor.js';

/** A dimension known in advance, or a name that stands for one. */
export type Dimension = number | string;

export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
  /** Smallest and largest value that can occur, when known. */
  readonly range?: readonly [number, number];
  /** Names of the classes of labels, in the order of their numbers. */
  readonly classes?: readonly string[];
}

/** Named tensors that share their first axis, the examples. */
export type SplitType = Readonly<Record<string, TensorType>>;

/** Splits (`train`, `test`, …) of named tensors (`images`, `labels`, …). */
export interface DatasetType {
  readonly kind: 'dataset';
  readonly splits: Readonly<Record<string, SplitType>>;
}

/** Splits of `codes` (float32 [examples, dimensions]), with the `labels` they came with, if any. */
export interface EmbeddingType {
  readonly kind: 'embedding';
  readonly splits: Readonly<Record<string, SplitType>>;
}

/** Form of a model: a network's layers, or decision trees. */
export type ModelForm = 'layers' | 'trees';

/** A trained model: what it takes (first axis left out), what it gives, and of a network how many weights it has. */
export interface ModelType {
  readonly kind: 'model';
  /** Layers when not given. */
  readonly of?: ModelForm;
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly output: TensorType;
  readonly parameters?: number;
  /** Its layers, for stages that take a network apart or build on it. */
  readonly layers?: readonly LayerSpec[];
}

export interface TableType {
  readonly kind: 'table';
  readonly columns: readonly string[];
}

interface FigureType {
  readonly kind: 'figure';
}

/** Type of an edge, as known before anything runs. */
export type PortType = DatasetType | EmbeddingType | ModelType | TableType | FigureType;
/** Ports and splits are named so: each becomes the name of a folder or file. */
export const isFileName = (name: string): boolean => /^\w[\w.-]{0,99}$/.test(name) && name !== '__proto__';

export type PortKind = PortType['kind'];
export const portKinds: readonly PortKind[] = ['dataset', 'embedding', 'model', 'table', 'figure'];
export type PortTypeOf<K extends PortKind> = Extract<PortType, {kind: K}>;

export type Split = Readonly<Record<string, HostTensor>>;

/** Splits are read from the store when asked for, once. */
export interface DatasetValue {
  readonly kind: 'dataset' | 'embedding';
  readonly splitNames: readonly string[];
  split(name: string): Promise<Split>;
  /** The same where some tensors are kept as bytes under an affine map; a quarter of the memory for nodes that hand them to TensorFlow. */
  packed?(name: string): Promise<PackedSplit>;
}

export type PackedSplit = Readonly<Record<string, PackedTensor>>;

/** A network's layers as the recipe gave them, and its weights by name (`0.kernel`, `0.bias`, …); or trees, as src/numerics/trees has them. */
export interface ModelValue {
  readonly kind: 'model';
  /** An `Architecture` or a `TreeEnsemble`: everything but the weights, as JSON. */
  readonly architecture: unknown;
  readonly weights: Split;
}

/** Columns of equal length. */
export interface TableValue {
  readonly kind: 'table';
  readonly columns: Readonly<Record<string, readonly (number | string | null)[]>>;
}

/** A picture, and the data behind it for the report. */
export interface FigureValue {
  readonly kind: 'figure';
  readonly title: string;
  /** Description of the picture for people who cannot see it. */
  readonly alt: string;
  readonly png: Uint8Array;
  /** An animated GIF that the report plays instead of the PNG, unless the reader asked for reduced motion. */
  readonly film?: Uint8Array;
  /** An interactive form that the report draws instead of the PNG. */
  readonly interactive?: Interactive;
}

/**
 * `curves`: line charts. `scatter`: points in the plane, coloured by label, pictures on hover. `matrix`:
 * counts by class (row) and the class taken for it (column). `gallery`: pictures with captions.
 */
export type Interactive =
  | Curves
  | Scatter
  | {readonly type: 'matrix'; readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[]}
  | Gallery;

/** Line charts, one a panel, over axes that mean the same. */
export interface Curves {
  readonly type: 'curves';
  readonly panels: readonly Panel[];
}

/** Many square pictures in one 8-bit grey PNG (base64), row by row, `size` pixels square, `perRow` a row. */
interface Sprite {
  readonly png: string;
  readonly size: number;
  readonly perRow: number;
}

/** Examples taken for a class that they are not, with the probability given to it. */
export interface Gallery {
  readonly type: 'gallery';
  readonly summary: string;
  readonly sprite: Sprite;
  readonly items: readonly {
    readonly index: number;
    readonly label: string;
    readonly predicted: string;
    readonly probability: number;
  }[];
}

export interface Scatter {
  readonly type: 'scatter';
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Class of each point, an index into `classes`. */
  readonly label: readonly number[];
  readonly classes: readonly string[];
  /** All points' thumbnails. */
  readonly sprite?: Sprite;
}

export type PortValue = DatasetValue | ModelValue | TableValue | FigureValue;

export type PortValueOf<K extends PortKind> = K extends 'dataset' | 'embedding'
  ? DatasetValue
  : K extends 'model'
    ? ModelValue
    : K extends 'table'
      ? TableValue
      : FigureValue;

interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
}

/** Shape of one example: the batch axis is left out. */
export type Shape = readonly number[];

/** One entry of a recipe's layer list: `relu`, `{dense: 392}`, `{dense: {units: 392}}`. */
export type LayerSpec = string | Readonly<Record<string, unknown>>;
