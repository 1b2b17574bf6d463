/** Grey values 0..1, row by row. */
export interface GreyPicture {
  readonly pixels: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A PNG in grey by Rec. 601's luma, what is transparent on white paper. Throws when it is none. */
export async function decodeGrey(png: Uint8Array): Promise<GreyPicture> {
  const {PNG} = await import('pngjs');
  const {data, width, height} = PNG.sync.read(Buffer.from(png));
  const pixels = Float32Array.from({length: width * height}, (_, at) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(4 * at, 4 * at + 4);
    const opacity = alpha / 255;
    return (opacity * (0.299 * red + 0.587 * green + 0.114 * blue)) / 255 + 1 - opacity;
  });
  return {pixels, width, height};
}

/** The picture in another size: each new pixel is the mean of the area that it covers, so that nothing of a large picture is lost. */
export function resizeGrey({pixels, width, height}: GreyPicture, newWidth: number, newHeight: number): GreyPicture {
  const [across, down] = [coverage(width, newWidth), coverage(height, newHeight)];
  const resized = Float32Array.from({length: newWidth * newHeight}, (_, at) => {
    let sum = 0;
    for (const [y, tall] of down[Math.floor(at / newWidth)] ?? [])
      for (const [x, wide] of across[at % newWidth] ?? []) sum += tall * wide * (pixels[y * width + x] ?? 0);
    return sum;
  });
  return {pixels: resized, width: newWidth, height: newHeight};
}

/** Which of `from` pixels each of `to` covers, and the share of each in the mean. */
function coverage(from: number, to: number): (readonly [pixel: number, share: number])[][] {
  const size = from / to;
  return Array.from({length: to}, (_, target) => {
    const [start, end] = [target * size, (target + 1) * size];
    const last = Math.min(Math.ceil(end), from);
    return Array.from({length: last - Math.floor(start)}, (_, index) => {
      const pixel = Math.floor(start) + index;
      return [pixel, (Math.min(end, pixel + 1) - Math.max(start, pixel)) / size] as const;
    });
  });
}

/** Mean of the pixels along the four edges: near 1 for ink on paper, near 0 for light strokes on black. */
export function edgeMean({pixels, width, height}: GreyPicture): number {
  const edge = pixels.filter((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  return edge.reduce((sum, value) => sum + value, 0) / edge.length;
}
