/**
 * Two measures of handwriting on one image, rows of grey values 0..1.
 */
interface Stroke {
  /** Thickness: mean ink, 0 to 1. */
  readonly ink: number;
  /** Slant: horizontal drift of the ink a row upwards (positive leans right), from second moments: −μ₁₁ / μ₀₂. */
  readonly slant: number;
}

/** Ink and slant of an image of `height` × `width` grey values. Source: image moments (Hu 1962); the deskewing shear is μ₁₁ / μ₀₂. */
export function measureStroke(image: Float32Array, height: number, width: number): Stroke {
  let mass = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = image[y * width + x] ?? 0;
      mass += value;
      sumX += value * x;
      sumY += value * y;
    }
  if (mass === 0) return {ink: 0, slant: 0};
  const [centreX, centreY] = [sumX / mass, sumY / mass];
  let cross = 0;
  let vertical = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const value = image[y * width + x] ?? 0;
      cross += value * (x - centreX) * (y - centreY);
      vertical += value * (y - centreY) ** 2;
    }
  return {ink: mass / (height * width), slant: vertical === 0 ? 0 : (0 - cross) / vertical};
}

/** Spearman's rank correlation of two sequences of equal length; ties share their mean rank. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [ranksA, ranksB] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let index = 0; index < a.length; index++) {
    const da = (ranksA[index] ?? 0) - mean;
    const db = (ranksB[index] ?? 0) - mean;
    product += da * db;
    squaresA += da * da;
    squaresB += db * db;
  }
  return squaresA === 0 || squaresB === 0 ? 0 : product / Math.sqrt(squaresA * squaresB);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end++;
    for (let position = start; position <= end; position++) result[order[position] ?? 0] = (start + end) / 2;
    start = end + 1;
  }
  return result;
}
