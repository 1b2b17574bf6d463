import {digestBytes} from '#tfpipe/core/digest.js';
import {openLocalStore} from '#tfpipe/stores/folder/store.js';
import {recordOf} from '../../helpers/record-of.js';

export const stage = digestBytes('stage');
export const checkpoint = Buffer.from('newer checkpoint');
/** Of two sizes: what is written at once, and what is not. */
const contents = [Buffer.from('content of the stage'), Buffer.alloc(100_000, 'content of the stage')];

/** All that a stage does to a store; the second half finds everything there. */
export async function computeStage(root: string): Promise<void> {
  const store = await openLocalStore(root);
  for (let times = 0; times < 2; times++) {
    await store.saveCheckpoint(stage, checkpoint);
    const blobs = [];
    for (const content of contents) blobs.push(await store.writeBlob(content));
    await store.commit(recordOf(stage, blobs));
  }
  await store.dropCheckpoint(stage);
}
