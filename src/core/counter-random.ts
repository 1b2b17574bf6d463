/**
 * Philox 2x32-10, a counter-based generator: the n-th number is a function of (key, n). Source: Salmon, Moraes, Dror, Shaw:
 * Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 4; multiplier and Weyl constant from there.
 */
const multiplier = 0xd256d193;
const weyl = 0x9e3779b9;
const rounds = 10;

/** The two 32-bit words of one counter value. */
export function philox(counterLow: number, counterHigh: number, key: number): readonly [number, number] {
  let low = counterLow >>> 0;
  let high = counterHigh >>> 0;
  let round = key >>> 0;
  for (let index = 0; index < rounds; index++) {
    const [productHigh, productLow] = multiply(multiplier, low);
    low = (productHigh ^ round ^ high) >>> 0;
    high = productLow;
    round = (round + weyl) >>> 0;
  }
  return [low, high];
}

/** High and low word of a 32×32-bit product. */
function multiply(a: number, b: number): readonly [number, number] {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middleLow = (middle & 0xffff) + aLow * bHigh;
  const high = (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) >>> 0;
  return [high, Math.imul(a, b) >>> 0];
}

/** `count` float64 numbers, uniform in [0, 1) with 32 random bits each; `block` picks another part of the same key's stream. */
export function counterUniform(key: readonly [number, number], count: number, block = 0): Float64Array {
  const values = new Float64Array(count);
  const [word, step] = key;
  const [high] = philox(step, block, word);
  for (let index = 0; index < count; index += 2) {
    const [first, second] = philox(index >>> 1, high, word);
    values[index] = first / 2 ** 32;
    if (index + 1 < count) values[index + 1] = second / 2 ** 32;
  }
  return values;
}

/** The numbers of `counterUniform` one at a time, without end. */
export function uniformStream(key: readonly [number, number]): () => number {
  let numbers: Float64Array = new Float64Array(0);
  let [block, next] = [0, 0];
  return () => {
    if (next === numbers.length) {
      numbers = counterUniform(key, 4096, block++);
      next = 0;
    }
    return numbers[next++] as number;
  };
}

/** One signed 32-bit word of a seed and a call number (the finaliser of MurmurHash3). */
export function mix(seed: number, call: number): number {
  let word = (seed ^ Math.imul(call + 1, 0x9e3779b9)) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) | 0;
}

/** A shuffled 0..count−1 that depends on seed and epoch only (Fisher–Yates; Durstenfeld 1964). */
export function permutation(count: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({length: count}, (_, index) => index);
  const uniform = counterUniform([mix(seed, 0x5eed), epoch], count);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor((uniform[last] ?? 0) * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}
