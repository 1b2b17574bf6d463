import type {MetricPoint} from '../../core/events.js';
import type {PlannedCheck} from '../../core/plan.js';

const holds: Readonly<Record<PlannedCheck['operator'], (value: number, limit: number) => boolean>> = {
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};
const words: Readonly<Record<PlannedCheck['operator'], string>> = {
  '>': 'above',
  '>=': 'at least',
  '<': 'below',
  '<=': 'at most',
  '==': 'equal to',
  '!=': 'other than',
};

/**
 * The failure of a check in one sentence; `undefined` when it holds. The last value of a metric counts; a comparison with what is no
 * finite number never holds.
 */
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
  // a record has no NaN and no infinity: they come back as null
  const got = value === null ? 'a value that is no finite number' : value;
  const isHeld = Number.isFinite(value) && holds[operator](value, limit);
  return isHeld ? undefined : `Expected ${name} to be ${words[operator]} ${limit}, got ${got}`;
}
