import {encodeGrey} from './grey-png.js';
import {rasterise, svgDocument, svgText} from './svg.js';
import {theme} from './theme.js';

interface CaptionedImage {
  /** Grey values 0..255, ink on black, row by row. */
  readonly pixels: Uint8Array;
  /** Lines under the image; the first stands out. */
  readonly caption: readonly string[];
}

interface CaptionedGrid {
  readonly title: string;
  readonly images: readonly CaptionedImage[];
  readonly height: number;
  readonly width: number;
  /** Images a row. */
  readonly columns: number;
}

const margin = 20;
const line = 15;
const cellWidth = 112;

/** Images with lines of text under each, as PNG; ink on white paper. */
export async function captionedGrid({title, images, height, width, columns}: CaptionedGrid): Promise<Uint8Array> {
  const size = {width: 84, height: (84 * height) / width};
  const lines = Math.max(0, ...images.map(({caption}) => caption.length));
  const cellHeight = size.height + 6 + lines * line + 16;
  const parts = [svgText(margin, margin + 12, title, {size: 16, weight: 600})];
  for (const [index, {pixels, caption}] of images.entries()) {
    const [x, y] = [margin + (index % columns) * cellWidth, margin + 34 + Math.floor(index / columns) * cellHeight];
    const inverted = pixels.map((value) => 255 - value);
    const png = Buffer.from(await encodeGrey(inverted, width, height)).toString('base64');
    parts.push(
      `<image x="${x}" y="${y}" width="${size.width}" height="${size.height}" image-rendering="optimizeSpeed" href="data:image/png;base64,${png}"/>`,
    );
    for (const [number, text] of caption.entries())
      parts.push(
        svgText(x, y + size.height + 6 + (number + 1) * line - 3, text, {
          size: 12,
          weight: number === 0 ? 600 : 400,
          colour: number === 0 ? theme.ink : theme.muted,
        }),
      );
  }
  const rows = Math.ceil(images.length / columns);
  return rasterise(svgDocument(2 * margin + columns * cellWidth, margin + 34 + rows * cellHeight, parts.join('')));
}
