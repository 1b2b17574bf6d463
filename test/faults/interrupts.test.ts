/** Ctrl-C, as the terminal sends it: to the coordinator; workers are in process groups of their own. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {childrenOf, computed, faultySandbox, isAlive, recipe, start, until} from './faulty.js';

for (const [what, fault, presses] of [
  ['once: a stage that listens stops', 'wait', 1],
  ['twice: a stage that hangs is left there and then', 'hang', 2],
] as const) {
  test(`Ctrl-C ${what}; exit code 130, no orphan, what was done stays`, {timeout: 120_000}, async () => {
    const box = faultySandbox();
    box.write('faulty.yaml', recipe(fault));
    const {process: run, ended, output} = start(box, ['run', 'faulty.yaml', '--jobs', '1']);
    await until('the stage', () => computed(box).includes('m'));
    const workers = childrenOf(run.pid);
    run.kill('SIGINT');
    await until('the notice', () => output().includes('press Ctrl-C again to stop now'));
    if (presses === 2) run.kill('SIGINT');
    assert.equal(await ended, 130, output());
    await until('the end of its workers', () => !workers.some(isAlive));
    box.write('faulty.yaml', recipe('none'));
    // what stands beside the stage may have gone before it
    assert.match(box.pipeline('run', 'faulty.yaml').stdout, /done · [12] of 4 stages cached/);
  });
}

test('Ctrl-C once: a stage that hangs is ended after ten seconds', {timeout: 120_000}, async () => {
  const box = faultySandbox();
  box.write('faulty.yaml', recipe('hang'));
  const {process: run, ended, output} = start(box, ['run', 'faulty.yaml', '--jobs', '1']);
  await until('the stage', () => computed(box).includes('m'));
  const began = performance.now();
  run.kill('SIGINT');
  assert.equal(await ended, 130, output());
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds >= 9.9, `${seconds} s`);
  assert.match(box.pipeline('status').stdout + box.pipeline('runs').stdout, /interrupted/);
});
