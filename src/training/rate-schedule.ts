import {type TUnsafe, Type} from '@sinclair/typebox';

/** A learning rate's change while training; the optimiser's own rate is the highest. */
export type RateSchedule =
  | {readonly step: {readonly every: number; readonly factor: number}}
  | {readonly cosine: {readonly floor: number}}
  | {readonly oneCycle: {readonly start: number; readonly peakAt: number; readonly end: number}};

const share = (fallback: number, {description}: {readonly description: string}) =>
  Type.Number({minimum: 0, maximum: 1, default: fallback, description});
const closed = {additionalProperties: false} as const;

const schedules = {
  step: Type.Object(
    {
      every: Type.Integer({minimum: 1, default: 10, description: 'Epochs between two changes.'}),
      factor: Type.Number({exclusiveMinimum: 0, maximum: 1, default: 0.1, description: 'Factor on the rate.'}),
    },
    {...closed, description: 'Falls in steps.'},
  ),
  cosine: Type.Object(
    {floor: share(0, {description: 'Where it ends, as a share of the rate.'})},
    {...closed, description: 'Falls along half a cosine (Loshchilov and Hutter 2016).'},
  ),
  oneCycle: Type.Object(
    {
      start: share(0.04, {description: 'Where it begins, as a share of the rate.'}),
      peakAt: Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.3,
        description: 'Share of all steps after which it is highest.',
      }),
      end: share(4e-6, {description: 'Where it ends, as a share of the rate.'}),
    },
    {...closed, description: 'Rises, then falls, each along half a cosine (Smith 2018); defaults as in PyTorch.'},
  ),
};

/** A schedule by its name: `{cosine: {}}`. */
export const scheduleParam: TUnsafe<RateSchedule> = Type.Unsafe<RateSchedule>({
  ...Type.Partial(Type.Object(schedules)),
  title: 'schedule',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: 'How the learning rate changes; it stays as it is when not given.',
});

/** True when an epoch's rate depends on the number of epochs: such a training cannot resume from a shorter one. */
export const needsLength = (schedule: RateSchedule | undefined): boolean => schedule !== undefined && !('step' in schedule);

/** Factor on the rate at each step, counted from 0. */
export function rateFactor(schedule: RateSchedule, stepsPerEpoch: number, epochs: number): (step: number) => number {
  const last = Math.max(1, stepsPerEpoch * epochs - 1);
  if ('step' in schedule) {
    const {every, factor} = schedule.step;
    return (step) => factor ** Math.floor(step / (stepsPerEpoch * every));
  }
  if ('cosine' in schedule) return (step) => between(1, schedule.cosine.floor, step / last);
  const {start, peakAt, end} = schedule.oneCycle;
  const peak = Math.max(1, peakAt * (last + 1) - 1);
  return (step) => (step <= peak ? between(start, 1, step / peak) : between(1, end, (step - peak) / Math.max(1, last - peak)));
}

/** Half a cosine from one value to another, `part` from 0 to 1. */
const between = (from: number, to: number, part: number): number => to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
