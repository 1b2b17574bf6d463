import type {Panel} from '../core/ports.js';
import {rasterise} from './svg.js';
import {theme} from './theme.js';

interface LineCharts {
  readonly title: string;
  /** One chart each, side by side, three a row. */
  readonly panels: readonly Panel[];
}

const panelWidth = 300;
const panelHeight = 190;

/** Line charts as PNG. */
export const lineCharts = async (charts: LineCharts): Promise<Uint8Array> => await drawSpec(lineChartSpec(charts));

/** A Vega-Lite specification; figures that are all positive and span more than two decades get a logarithmic axis. */
export function lineChartSpec({title, panels}: LineCharts): object {
  const names = [...new Set(panels.flatMap((panel) => panel.series.map((series) => series.name)))];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {text: title, anchor: 'start', fontSize: 16, fontWeight: 600, offset: 14},
    columns: 3,
    spacing: 28,
    concat: panels.map((panel) => panelSpec(panel, names)),
    config: config(),
  };
}

function panelSpec({title, xLabel, series}: Panel, names: readonly string[]): object {
  const values = series.flatMap(({name, x, y}) =>
    y.flatMap((value, index) => (Number.isFinite(value) ? [{series: name, x: x[index] ?? index, y: value}] : [])),
  );
  const positive = values.map((value) => value.y).filter((value) => value > 0);
  const logarithmic = positive.length === values.length && Math.max(...positive) > 100 * Math.min(...positive);
  const scale = logarithmic ? {type: 'log'} : {zero: false};
  return {
    title: {text: title, anchor: 'start', fontSize: 14, fontWeight: 600},
    width: panelWidth,
    height: panelHeight,
    data: {values},
    mark: {type: 'line', strokeWidth: 2, interpolate: 'linear', point: values.length <= 24 ? {size: 24} : false},
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: xLabel,
        axis: {tickMinStep: 1, format: 'd'},
        scale: {zero: false, nice: false},
      },
      y: {field: 'y', type: 'quantitative', title: null, scale},
      color: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: {domain: names, range: theme.series.slice(0, Math.max(names.length, 1))},
      },
      strokeDash: {
        field: 'series',
        type: 'nominal',
        title: null,
        scale: {domain: names, range: names.map((_, index) => theme.dashes[index % theme.dashes.length])},
      },
    },
  };
}

const config = (): object => ({
  font: theme.font,
  background: theme.paper,
  padding: 16,
  view: {stroke: null},
  axis: {
    labelColor: theme.muted,
    labelFontSize: 12,
    titleColor: theme.muted,
    titleFontSize: 12,
    titleFontWeight: 400,
    gridColor: theme.rule,
    domain: false,
    ticks: false,
    labelPadding: 6,
  },
  title: {color: theme.ink},
  legend: {labelColor: theme.ink, labelFontSize: 13, orient: 'bottom', symbolStrokeWidth: 3},
});

/** Draws a Vega-Lite specification without a browser. */
async function drawSpec(spec: object): Promise<Uint8Array> {
  const [vega, {compile}] = await Promise.all([import('vega'), import('vega-lite')]);
  // vega writes ids into the data it is given
  const view = new vega.View(vega.parse(compile(structuredClone(spec) as Parameters<typeof compile>[0]).spec), {
    renderer: 'none',
  });
  const svg = await view.toSVG();
  view.finalize();
  return rasterise(svg);
}
