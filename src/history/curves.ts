import type {MetricPoint} from '../core/events.js';
import type {Curves} from '../core/ports.js';

/** A panel a figure that has at least two points; `validation/x` is drawn with `x`. */
export function panelsOf(points: readonly MetricPoint[], xLabel: string, seriesName = 'training'): Curves['panels'] {
  const names = [...new Set(points.flatMap(({values}) => Object.keys(values)))];
  const of = (name: string) => points.filter(({values}) => Number.isFinite(values[name]));
  const series = (name: string, label: string) => {
    const found = thinned(of(name));
    return found.length > 0
      ? [{name: label, x: found.map(({step}) => step), y: found.map(({values}) => values[name] ?? Number.NaN)}]
      : [];
  };
  return names
    .filter((name) => !name.startsWith('validation/') && of(name).length > 1)
    .map((name) => ({
      title: name,
      xLabel,
      series: [...series(name, seriesName), ...series(`validation/${name}`, 'validation')],
    }));
}

/** Points of a curve, at most: more than a chart has pixels. */
const mostPoints = 1000;

/** Every nth point, and the last. */
function thinned(points: readonly MetricPoint[]): readonly MetricPoint[] {
  const step = Math.ceil(points.length / mostPoints);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
