import {type HostTensor, hostTensor, sizeOf} from '../core/host-tensor.js';

/**
 * Reads an idx file of unsigned bytes: magic 00 00 08 <rank>, big-endian sizes, then the values. Returns uint8 [count, …].
 * Throws when the bytes are anything else. Source: "The IDX file format", Y. LeCun's MNIST page.
 */
export function parseIdx(bytes: Uint8Array): HostTensor<'uint8'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== 0x08)
    throw new Error('Expected an idx file of unsigned bytes, got another format');
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new Error(`Expected an idx header of ${start} bytes, got ${bytes.length}`);
  const shape = Array.from({length: rank}, (_, axis) => view.getUint32(4 + 4 * axis));
  if (bytes.length !== start + sizeOf(shape))
    throw new Error(
      `Expected ${sizeOf(shape)} values in an idx file of shape [${shape.join(', ')}], got ${bytes.length - start}`,
    );
  return hostTensor('uint8', shape, bytes.subarray(start));
}
