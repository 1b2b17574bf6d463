/** A field of a protocol buffer message: its number, and its encoded form. */
export type Field = Uint8Array;

const varint = (value: number | bigint): number[] => {
  if (typeof value === 'number' && value >= 0 && value < 128) return [value];
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return bytes;
};

/** A whole number, such as an int64 or an enum. */
export const integer = (number: number, value: number): Field => Uint8Array.from([...varint(number << 3), ...varint(value)]);

export const bytes = (number: number, value: Uint8Array): Field =>
  join([Uint8Array.from([...varint((number << 3) | 2), ...varint(value.length)]), value]);

/** A list of float32. */
export const floats = (number: number, values: Float32Array): Field =>
  bytes(number, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/** A float32. */
export function float(number: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return join([Uint8Array.from(varint((number << 3) | 5)), bytes]);
}

export const text = (number: number, value: string): Field => bytes(number, Buffer.from(value));

/** A message inside of another, from its fields. */
export const message = (number: number, ...fields: readonly Field[]): Field => bytes(number, join(fields));

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
