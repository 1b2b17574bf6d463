import type {MetricPoint} from '../../core/events.js';
import type {PlannedCheck} from '../../core/plan.js';
import {positionOf} from '../../recipe/read/source.js';
import type {Check} from '../../recipe/recipe.js';

export function planCheck({span, ...check}: Check): PlannedCheck {
  const {line, column, text} = positionOf(span.source, span.start);
  return {...check, place: {file: span.source.name, line, column, length: Math.max(1, span.end - span.start), text}};
}

const holds: Readonly<Record<Check['operator'], (value: number, limit: number) => boolean>> = {
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};
const words: Readonly<Record<Check['operator'], string>> = {
  '>': 'above',
  '>=': 'at least',
  '<': 'below',
  '<=': 'at most',
  '==': 'equal to',
  '!=': 'other than',
};

/** The failure of a check in one sentence; `undefined` when it holds. The last value of a metric counts. */
export function failureOf(
  {stage, metric, operator, value: limit}: PlannedCheck,
  metrics: readonly MetricPoint[],
): string | undefined {
  const name = `\`${stage}.${metric}\``;
  const value = metrics.findLast(({values}) => Object.hasOwn(values, metric))?.values[metric];
  if (value === undefined) {
    const known = [...new Set(metrics.flatMap(({values}) => Object.keys(values)))].map((each) => `\`${each}\``);
    return `Expected ${name} to be ${words[operator]} ${limit}, got no such metric${known.length > 0 ? `; there are ${known.join(', ')}` : ''}`;
  }
  return holds[operator](value, limit) ? undefined : `Expected ${name} to be ${words[operator]} ${limit}, got ${value}`;
}
