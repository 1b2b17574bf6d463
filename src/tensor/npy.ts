import {crc32} from 'node:zlib';
import type {HostTensor} from '../core/host-tensor.js';

const descriptions = {float32: '<f4', int32: '<i4', uint8: '|u1'} as const;

/** A tensor as numpy's `.npy`, format 1.0. Source: numpy.lib.format. */
export function encodeNpy({dtype, shape, data}: HostTensor): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // magic, version and length take 10 bytes; the data begin at a multiple of 64
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from(`\u0093NUMPY\u0001\u0000__${header}`, 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** Largest file and archive without the 64-bit extensions of zip. */
const largestZip = 0xffff_fffe;

/** Tensors by name as numpy's `.npz`: a zip of `.npy` files, not compressed. Equal tensors give equal bytes. Throws past 4 GB. */
export function encodeNpz(tensors: Readonly<Record<string, HostTensor>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const content = encodeNpy(tensor);
    const file = Buffer.from(`${name}.npy`, 'utf8');
    if (offset + content.length > largestZip) throw new RangeError('Expected less than 4 GB of tensors for a .npz, got more');
    // version 2.0, names in UTF-8, stored, 1 January 1980, CRC-32, sizes, lengths of name and extra field
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(file.length, 22);
    bodies.push(Buffer.from('PK\u0003\u0004', 'latin1'), common, file, content);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, place, file);
    offset += 30 + file.length + content.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(Object.keys(tensors).length, 8);
  end.writeUInt16LE(Object.keys(tensors).length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, entries, end]);
}
