import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Outcome} from '../core/events.js';
import type {Finding} from '../core/finding.js';
import type {Observer} from '../core/observer.js';
import type {Plan} from '../core/plan.js';
import type {Delivery} from '../core/tracker.js';
import {journal} from '../history/journal.js';
import {artifactLinks, createRunFolder} from '../history/run-folder.js';
import {reportWriter} from '../report/report-writer.js';
import {type Following, followRun, type TrackerAddresses} from '../trackers/follow.js';
import {runsPlace, StoreUnusable} from '../util/unusable.js';
import type {Session, View} from './session.js';

/** The part of the run that a tracker's server has. */
export type TrackerDelivery = Delivery & {readonly tracker: string};

type Recorded =
  | {readonly status: 'refused'; readonly finding: Finding}
  | {
      readonly status: 'ended';
      readonly outcome: Outcome;
      /** Folder of the run, absolute. */
      readonly folder: string;
      readonly report: string;
      readonly deliveries: readonly TrackerDelivery[];
    };

interface RecordSettings {
  /** Folder of all runs. */
  readonly runs: string;
  /** The command line, as JSON, for `pipeline resume`. */
  readonly command: unknown;
  readonly trackers: TrackerAddresses;
  readonly view: View;
  readonly keepGoing: boolean;
  /** True when tracked files differ from the commit. */
  readonly dirty: Promise<boolean | undefined>;
}

/** Runs a plan with a folder of its own in `runs`: journal, links to results, report, and every tracker that has a server. */
export async function recordRun(session: Session, plan: Plan, settings: RecordSettings): Promise<Recorded> {
  const finding = await session.refusal(plan);
  if (finding) return {status: 'refused', finding};
  const {runs} = settings;
  return await record(session, plan, settings).catch((error: unknown) => {
    throw StoreUnusable.from(error, runs, runsPlace);
  });
}

async function record(session: Session, plan: Plan, settings: RecordSettings): Promise<Recorded> {
  const {runs, command, trackers, view, keepGoing} = settings;
  const notice = view.notice;
  const began = Date.now();
  const {id: runId, path: folder} = await createRunFolder(runs, plan.recipe, new Date(began));
  // `pipeline reproduce` and `pipeline resume` run these again
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(folder, 'command.json'), JSON.stringify(command));
  const deliveries: TrackerDelivery[] = [];
  const followed = await followRun(trackers, {folder, store: session.store, notice});
  const outcome = await session.run(plan, {
    ...{runId, notice, keepGoing, began, dirty: await settings.dirty, watchMachine: true},
    // the journal comes first; trackers close after the report, which they send
    observers: [
      journal(join(folder, 'events.ndjson')),
      view,
      artifactLinks(folder, session.store),
      ...followed.map((following) => delivering(following, deliveries)),
      reportWriter(folder, plan, session.store),
    ],
  });
  return {status: 'ended', outcome, folder, report: join(folder, 'report.html'), deliveries};
}

/** A tracker's follower that notes what was delivered. */
const delivering = ({name, follower}: Following, deliveries: TrackerDelivery[]): Observer => ({
  hear: (event) => follower.hear(event),
  close: async () => void deliveries.push({tracker: name, ...(await follower.close())}),
});
