/**
 * Stage names in a topological order, what a stage needs just before it, else as given; and one path around each cycle
 * found (`a` needs `b` needs `a`: [`a`, `b`]). Depth first without recursion, which a long chain would overflow.
 */
export function orderStages(needs: ReadonlyMap<string, readonly string[]>): {
  readonly order: readonly string[];
  readonly cycles: readonly (readonly string[])[];
} {
  const order: string[] = [];
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of needs.keys()) {
    if (state.has(start)) continue;
    const open: {name: string; rest: string[]}[] = [];
    const enter = (name: string): void => {
      state.set(name, 'open');
      open.push({name, rest: [...(needs.get(name) ?? [])].filter((each) => needs.has(each)).reverse()});
    };
    enter(start);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        state.set(top.name, 'done');
        order.push(top.name);
        open.pop();
      } else if (!state.has(next)) enter(next);
      else if (state.get(next) === 'open')
        cycles.push(open.slice(open.findIndex(({name}) => name === next)).map(({name}) => name));
    }
  }
  return {order, cycles};
}
