import {test} from 'node:test';
import {type ExecutorHarness, Rig} from './rig.js';

/** Tests one promise on an executor with so many slots, which is closed afterwards and whose events are checked. */
export type Promised = (sentence: string, slots: number, body: (rig: Rig) => Promise<void>) => void;

export const promisesOf =
  (harness: ExecutorHarness): Promised =>
  (sentence, slots, body) =>
    void test(`${harness.name}: ${sentence}`, {timeout: 60_000}, async (t) => {
      const rig = await Rig.open(harness, {slots});
      t.after(() => rig.tearDown());
      await body(rig);
      await rig.close();
      rig.checkEvents();
    });
