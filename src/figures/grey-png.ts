/** PNG of 8-bit grey pixels, row by row. Equal pixels give equal bytes. */
export async function encodeGrey(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const {PNG} = await import('pngjs');
  const picture = new PNG({width, height, colorType: 0, inputColorType: 0, bitDepth: 8, inputHasAlpha: false});
  picture.data = Buffer.from(pixels);
  return PNG.sync.write(picture, {colorType: 0, inputColorType: 0, inputHasAlpha: false, bitDepth: 8, deflateLevel: 9});
}
