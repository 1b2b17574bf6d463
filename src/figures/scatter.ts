import {encodeGrey} from './grey-png.js';
import {rasterise, svgDocument, svgText} from './svg.js';
import {classColour, theme} from './theme.js';

interface ScatterPlot {
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Class of each point, an index into `classes`. */
  readonly label: ArrayLike<number>;
  readonly classes: readonly string[];
}

const side = 640;
const margin = 24;
const legendWidth = 76;

/** Points in the plane, coloured by class, with a legend; a PNG. Axes are left out: a map's units mean nothing. */
export async function scatterPlot({title, x, y, label, classes}: ScatterPlot): Promise<Uint8Array> {
  const [place, top] = [placement(x, y), margin + 24];
  const radius = Math.min(4, Math.max(1.4, 120 / Math.sqrt(x.length)));
  const parts = [svgText(margin, margin + 4, title, {size: 15, weight: 600})];
  for (let index = 0; index < x.length; index++) {
    const [px, py] = place(index);
    parts.push(
      `<circle cx="${px.toFixed(2)}" cy="${(py + top).toFixed(2)}" r="${radius.toFixed(2)}" fill="${classColour(label[index] ?? 0)}" fill-opacity="0.75"/>`,
    );
  }
  for (const [index, name] of classes.entries()) {
    const lineY = top + 10 + index * 22;
    parts.push(`<circle cx="${margin + side + 22}" cy="${lineY}" r="5" fill="${classColour(index)}"/>`);
    parts.push(svgText(margin + side + 36, lineY + 5, name, {size: 14, colour: theme.ink}));
  }
  return rasterise(svgDocument(side + 2 * margin + legendWidth, side + top + margin, parts.join('')));
}

/** Places points in a square, the same scale both ways, y upwards. */
function placement(x: ArrayLike<number>, y: ArrayLike<number>): (index: number) => readonly [number, number] {
  const bounds = (values: ArrayLike<number>): readonly [number, number] => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = 0; index < values.length; index++) {
      low = Math.min(low, values[index] as number);
      high = Math.max(high, values[index] as number);
    }
    return [low, high];
  };
  const [[lowX, highX], [lowY, highY]] = [bounds(x), bounds(y)];
  const scale = side / Math.max(highX - lowX, highY - lowY, 1e-9);
  const [offsetX, offsetY] = [(side - (highX - lowX) * scale) / 2, (side - (highY - lowY) * scale) / 2];
  return (index) => [margin + offsetX + ((x[index] as number) - lowX) * scale, offsetY + (highY - (y[index] as number)) * scale];
}

/** Shades of grey of thumbnails: more are not seen at this size, and take half as much room again. */
const shades = 16;

/** Many small grey pictures (0..255, ink on black) as one PNG, `perRow` a row; base64. */
export async function thumbnailSprite(images: Uint8Array, count: number, size: number, perRow: number): Promise<string> {
  const width = size * perRow;
  const height = size * Math.ceil(count / perRow);
  const pixels = new Uint8Array(width * height).fill(255);
  for (let index = 0; index < count; index++) {
    const [left, top] = [(index % perRow) * size, Math.floor(index / perRow) * size];
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const shade = Math.round(((images[(index * size + row) * size + column] as number) / 255) * (shades - 1));
        pixels[(top + row) * width + left + column] = Math.round(255 * (1 - shade / (shades - 1)));
      }
  }
  return Buffer.from(await encodeGrey(pixels, width, height)).toString('base64');
}
