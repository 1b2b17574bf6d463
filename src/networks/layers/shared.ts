import {type TSchema, Type} from '@sinclair/typebox';
import type {Shape} from '../../core/ports.js';
import {misfit, type ShapeFit, showShape} from '../layer.js';

/** Params of a layer of one number, written by itself or by its name: `dense: 392`, `dense: {units: 392}`; `fallback` where the bare name will do. */
export const oneNumber = <K extends string>(name: K, schema: TSchema, fallback?: number) => ({
  ...(fallback !== undefined && {bare: true as const}),
  params: Type.Union([schema, Type.Object({[name]: schema}, {additionalProperties: false})]),
  complete: (written: unknown) =>
    (typeof written === 'object' ? written : {[name]: written ?? fallback}) as Readonly<Record<K, number>>,
});

/** Output shape of a layer that takes pictures; a misfit when it is given something else. */
export function ofPicture(
  name: string,
  input: Shape,
  make: (height: number, width: number, channels: number) => ShapeFit,
): ShapeFit {
  const [height = 0, width = 0, channels = 0] = input;
  if (input.length === 3) return make(height, width, channels);
  return misfit(
    `Expected the input of \`${name}\` to be [height, width, channels], got shape ${showShape(input)}`,
    'Put `reshape: [height, width, channels]` before it.',
  );
}
