/**
 * The brain of a run: which stage is looked up, submitted, skipped, and when the run is over. It knows no clock, process or disk, so that
 * every order of events can be tested; an event costs time by the stages it touches, not by those there are.
 */

export type SchedulerEvent =
  | {readonly type: 'start'}
  | {readonly type: 'hit'; readonly stage: string}
  | {readonly type: 'miss'; readonly stage: string}
  | {readonly type: 'finished'; readonly stage: string}
  | {readonly type: 'failed'; readonly stage: string}
  | {readonly type: 'cancel'};

export type SchedulerCommand =
  | {readonly type: 'look-up'; readonly stage: string}
  | {readonly type: 'submit'; readonly stage: string}
  | {readonly type: 'skip'; readonly stage: string; readonly because: string}
  | {readonly type: 'end'; readonly outcome: 'done' | 'failed' | 'interrupted'};

interface Node {
  readonly name: string;
  readonly dependents: Node[];
  at: 'waiting' | 'looking' | 'running' | 'done' | 'failed' | 'skipped';
  /** Inputs that are not done. */
  open: number;
}

export class Scheduler {
  readonly #nodes = new Map<string, Node>();
  readonly #keepGoing: boolean;
  /** Stages that are looked up or run. */
  #moving = 0;
  #done = 0;
  #cancelled = false;
  /** The first stage that failed, where that stops the others. */
  #stopper: string | undefined;

  /** `stages` in topological order. When a stage fails nothing new is begun, unless the run is to `keepGoing` with what can. */
  constructor(
    stages: readonly {readonly name: string; readonly after: readonly string[]}[],
    {keepGoing = false}: {readonly keepGoing?: boolean} = {},
  ) {
    this.#keepGoing = keepGoing;
    for (const {name, after} of stages) {
      const node: Node = {name, dependents: [], at: 'waiting', open: after.length};
      this.#nodes.set(name, node);
      for (const input of after) this.#node(input).dependents.push(node);
    }
  }

  /** The next commands. */
  step(event: SchedulerEvent): readonly SchedulerCommand[] {
    const commands = [...this.#take(event)];
    if (this.#moving > 0) return commands;
    if (!this.#cancelled && this.#stopper !== undefined) commands.push(...this.#skipRest(this.#stopper));
    const outcome = this.#done === this.#nodes.size ? 'done' : this.#cancelled ? 'interrupted' : 'failed';
    return [...commands, {type: 'end', outcome}];
  }

  #take(event: SchedulerEvent): readonly SchedulerCommand[] {
    switch (event.type) {
      case 'start':
        return this.#begin([...this.#nodes.values()].filter(({open}) => open === 0));
      case 'hit':
      case 'finished':
        return this.#finish(this.#node(event.stage));
      case 'miss':
        return this.#miss(this.#node(event.stage));
      case 'failed':
        return this.#fail(this.#node(event.stage));
      case 'cancel':
        this.#cancelled = true;
        return [];
      default:
        return event satisfies never;
    }
  }

  #begin(ready: readonly Node[]): readonly SchedulerCommand[] {
    if (this.#cancelled || this.#stopper !== undefined) return [];
    for (const node of ready) node.at = 'looking';
    this.#moving += ready.length;
    return ready.map(({name}) => ({type: 'look-up', stage: name}));
  }

  #finish(node: Node): readonly SchedulerCommand[] {
    this.#settle(node, 'done');
    this.#done++;
    for (const dependent of node.dependents) dependent.open--;
    return this.#begin(node.dependents.filter(({at, open}) => at === 'waiting' && open === 0));
  }

  #miss(node: Node): readonly SchedulerCommand[] {
    if (this.#cancelled || this.#stopper !== undefined) {
      this.#settle(node, 'waiting');
      return [];
    }
    node.at = 'running';
    return [{type: 'submit', stage: node.name}];
  }

  #fail(node: Node): readonly SchedulerCommand[] {
    this.#settle(node, 'failed');
    if (!this.#keepGoing) this.#stopper ??= node.name;
    return this.#cancelled ? [] : this.#skipDependents(node, node.name);
  }

  #settle(node: Node, at: Node['at']): void {
    node.at = at;
    this.#moving--;
  }

  /** Not by recursion: a chain may be longer than the stack. */
  #skipDependents(failed: Node, because: string): readonly SchedulerCommand[] {
    const skipped: Node[] = [];
    for (let index = -1, node: Node | undefined = failed; node; node = skipped[++index])
      for (const dependent of node.dependents) {
        if (dependent.at !== 'waiting') continue;
        dependent.at = 'skipped';
        skipped.push(dependent);
      }
    return skipped.map(({name}) => ({type: 'skip', stage: name, because}));
  }

  #skipRest(because: string): readonly SchedulerCommand[] {
    const rest = [...this.#nodes.values()].filter(({at}) => at === 'waiting');
    for (const node of rest) node.at = 'skipped';
    return rest.map(({name}) => ({type: 'skip', stage: name, because}));
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`no stage ${name}`);
    return node;
  }
}
