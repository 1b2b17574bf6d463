import {encodeGrey} from './grey-png.js';
import {escapeXml, rasterise, svgDocument, svgText} from './svg.js';
import {theme} from './theme.js';

interface ImageGrid {
  /** Grey values 0..1, image after image, each row by row. */
  readonly images: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Images a row. */
  readonly columns: number;
  readonly columnTitles?: readonly string[];
  readonly rowTitles?: readonly string[];
  /** Rows that stand together; a wider gap follows each group. */
  readonly rowGroups?: number;
  /** Units a pixel. */
  readonly scale: number;
}

const gap = 3;
const groupGap = 12;
const margin = 16;
/** Size of the titles: a part of the width of all columns, so that they can be read in a wide picture shown small. */
const titleShare = 1 / 55;
const leastTitleSize = 13;

/** Draws images in a grid with titles; a PNG. */
export async function imageGrid(grid: ImageGrid): Promise<Uint8Array> {
  const {count, columns, columnTitles, rowTitles, rowGroups = Number.POSITIVE_INFINITY, scale} = grid;
  const rowCount = Math.ceil(count / columns);
  const cell = {width: grid.width * scale + gap, height: grid.height * scale + gap};
  const titleSize = Math.max(leastTitleSize, Math.round(columns * cell.width * titleShare));
  const left = margin + (rowTitles ? 10 + 0.6 * titleSize * Math.max(...rowTitles.map((title) => title.length)) : 0);
  const top = margin + (columnTitles ? titleSize + 8 : 0);
  const rowTop = (row: number): number => top + row * cell.height + Math.floor(row / rowGroups) * groupGap;
  const width = left + columns * cell.width + margin - gap;
  const height = rowTop(rowCount - 1) + cell.height + margin - gap;
  const parts: string[] = [];
  for (let index = 0; index < count; index++) {
    const [x, y] = [left + (index % columns) * cell.width, rowTop(Math.floor(index / columns))];
    const png = Buffer.from(await encodeGrey(pixelsOf(grid, index), grid.width, grid.height)).toString('base64');
    parts.push(
      `<image x="${x}" y="${y}" width="${grid.width * scale}" height="${grid.height * scale}" image-rendering="optimizeSpeed" href="${escapeXml(`data:image/png;base64,${png}`)}"/>`,
    );
  }
  for (const [column, title] of (columnTitles ?? []).entries())
    parts.push(
      svgText(left + column * cell.width + (cell.width - gap) / 2, top - 8, title, {
        size: titleSize,
        anchor: 'middle',
        weight: 600,
      }),
    );
  for (const [row, title] of (rowTitles ?? []).entries())
    parts.push(
      svgText(left - 10, rowTop(row) + cell.height / 2 + titleSize / 3, title, {
        size: titleSize - 1,
        anchor: 'end',
        colour: theme.muted,
      }),
    );
  return rasterise(svgDocument(width, height, parts.join('')));
}

/** Ink on paper: 0 is white, 1 black. */
function pixelsOf({images, width, height}: ImageGrid, index: number): Uint8Array {
  const size = width * height;
  return Uint8Array.from(images.subarray(index * size, (index + 1) * size), (value) =>
    Math.round(255 * (1 - Math.min(Math.max(value, 0), 1))),
  );
}
