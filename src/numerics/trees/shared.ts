/** Zeros that all threads see. */
export const sharedBytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(shared(length));
/** @see sharedBytes */
export const sharedFloats = (length: number): Float32Array<ArrayBuffer> => new Float32Array(shared(4 * length));
/** @see sharedBytes */
export const sharedDoubles = (length: number): Float64Array<ArrayBuffer> => new Float64Array(shared(8 * length));

// typed as what it is used as: arrays over it
const shared = (bytes: number): ArrayBuffer => new SharedArrayBuffer(bytes) as unknown as ArrayBuffer;
