import type {ModelType, PortType, SplitType, TensorType} from '../core/ports.js';

/** "28×28×1", "scalar". */
const showDimensions = (shape: TensorType['shape']): string => (shape.length > 0 ? shape.join('×') : 'scalar');

const count = (dimension: number | string | undefined): string =>
  typeof dimension === 'number' ? dimension.toLocaleString('en') : String(dimension ?? 'any');

/** "uint8 28×28×1 in 0..255", of one example where `perExample`. */
function showTensor({dtype, shape, range}: TensorType, perExample = false): string {
  const dimensions = showDimensions(perExample ? shape.slice(1) : shape);
  return `${dtype}${perExample && shape.length === 1 ? '' : ` ${dimensions}`}${range ? ` in ${range[0]}..${range[1]}` : ''}`;
}

/** A port's type in full, in lines: splits and what an example holds, a network's shapes, a table's columns. */
export function describePort(type: PortType): readonly string[] {
  switch (type.kind) {
    case 'dataset':
    case 'embedding':
      return describeSplits(type.splits).map((line, index) => (index === 0 ? `${type.kind} of ${line}` : line));
    case 'model':
      return [`model ${describeModel(type)}, ${type.of === 'trees' ? 'trees' : `${count(type.parameters)} weights`}`];
    case 'table':
      return [`table of ${type.columns.join(', ')}`];
    case 'figure':
      return ['figure'];
    default:
      return type satisfies never;
  }
}

/** A port's type in a few words, for an edge: "28×28×1 uint8", "10 → 28×28×1". */
export function labelPort(type: PortType): string {
  switch (type.kind) {
    case 'dataset':
    case 'embedding': {
      const [name, tensor] = mainTensor(type.splits) ?? [];
      return tensor ? `${name} ${showDimensions(tensor.shape.slice(1))} ${tensor.dtype}` : type.kind;
    }
    case 'model':
      return describeModel(type);
    case 'table':
      return `table of ${type.columns.length}`;
    case 'figure':
      return 'figure';
    default:
      return type satisfies never;
  }
}

/** The tensor of most axes: pictures before their labels. */
function mainTensor(splits: Readonly<Record<string, SplitType>>): readonly [string, TensorType] | undefined {
  const tensors = Object.entries(Object.values(splits)[0] ?? {});
  return tensors.sort(([, a], [, b]) => b.shape.length - a.shape.length)[0];
}

function describeModel({inputs, output}: ModelType): string {
  const taken = Object.values(inputs).map(({shape}) => showDimensions(shape.slice(1)));
  const range = output.range ? ` in ${output.range[0]}..${output.range[1]}` : '';
  return `${taken.join(' and ')} → ${showDimensions(output.shape.slice(1))}${range}`;
}

/** Splits of the same tensors are described together. */
function describeSplits(splits: Readonly<Record<string, SplitType>>): readonly string[] {
  const bySort = new Map<string, string[]>();
  for (const [name, split] of Object.entries(splits)) {
    const tensors = Object.entries(split).map(([tensor, type]) => `${tensor} ${showTensor(type, true)}`);
    const examples = count(Object.values(split)[0]?.shape[0]);
    const holds = tensors.join(', ');
    bySort.set(holds, [...(bySort.get(holds) ?? []), `${name} ${examples}`]);
  }
  return [...bySort].flatMap(([holds, names]) => [names.join(', '), holds]);
}
