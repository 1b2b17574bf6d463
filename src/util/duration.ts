const SECONDS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400};

/** `90`, `90s`, `1.5m`, `2h`, `30d` → seconds. */
export function parseDuration(duration: number | string): number {
  if (typeof duration === 'number') return duration;
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}
