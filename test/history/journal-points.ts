import {join} from 'node:path';
import {readJournal} from '#tfpipe/history/journal.js';
import type {ReadBack} from '../trackers/mlflow/read-back.js';

/** Every metric point of a run's journal, as MLflow should have it. */
export async function journalPoints(folder: string): Promise<ReadBack['metrics']> {
  const points: ReadBack['metrics'] = {};
  for (const event of await readJournal(join(folder, 'events.ndjson'))) {
    if (event.type !== 'stage-metrics' && event.type !== 'stage-cached' && event.type !== 'system-metrics') continue;
    const stage = event.type === 'system-metrics' ? 'system' : event.stage;
    for (const {step, time, values} of event.type === 'stage-cached' ? event.metrics : [event]) {
      for (const [name, value] of Object.entries(values)) {
        const key = `${stage}/${name}`;
        points[key] = [...(points[key] ?? []), [step, value, time]];
      }
    }
  }
  return points;
}
