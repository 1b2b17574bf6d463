interface Film {
  /** Grey values 0..1 (0 is white, 1 black, as in grids), frame after frame; each frame image after image, each row by row. */
  readonly frames: Float32Array;
  readonly count: number;
  /** Images of a frame. */
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Images a row. */
  readonly columns: number;
  readonly frameMilliseconds: number;
  /** Time that the last frame stays before the film begins again. */
  readonly lastMilliseconds: number;
}

/** Shades of grey in a film: an eighth of a byte's, which halves the file and is not seen. */
const shades = 32;
const gap = 2;

/** Grids of images, one after another: an animated GIF that plays again and again. Equal frames give equal bytes. */
export async function film(given: Film): Promise<Uint8Array> {
  const {GIFEncoder} = await gifenc();
  const {images, height, width, columns} = given;
  const rows = Math.ceil(images / columns);
  const [across, down] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  const palette = Array.from({length: shades}, (_, shade) => {
    const grey = Math.round(255 * (1 - shade / (shades - 1)));
    return [grey, grey, grey] as const;
  });
  const encoder = GIFEncoder();
  for (let frame = 0; frame < given.count; frame++) {
    const canvas = new Uint8Array(across * down);
    for (let image = 0; image < images; image++) {
      const [left, top] = [(image % columns) * (width + gap), Math.floor(image / columns) * (height + gap)];
      const start = (frame * images + image) * height * width;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const value = given.frames[start + y * width + x] ?? 0;
          canvas[(top + y) * across + left + x] = Math.round(Math.min(Math.max(value, 0), 1) * (shades - 1));
        }
    }
    const delay = frame === given.count - 1 ? given.lastMilliseconds : given.frameMilliseconds;
    encoder.writeFrame(canvas, across, down, {delay, ...(frame === 0 && {palette})});
  }
  encoder.finish();
  return encoder.bytes();
}

interface Gifenc {
  GIFEncoder(): {
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: {readonly delay: number; readonly palette?: readonly (readonly [number, number, number])[]},
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  };
}

/** gifenc is CommonJS, and brings no types. */
async function gifenc(): Promise<Gifenc> {
  const name = 'gifenc';
  const module = (await import(name)) as Gifenc & {readonly default?: Gifenc};
  return module.default ?? module;
}
