import {cp, mkdir, rename, rm} from 'node:fs/promises';
import {delimiter, dirname, join} from 'node:path';
import {removeAbandoned, temporaryName} from '../../util/files.js';
import {checkAddon} from './addon.js';
import {addonLink, addonPackage, hasNvidiaDriver} from './locate.js';
import {withLock} from './lock.js';
import {runTool} from './run-tool.js';

const limitMilliseconds = 15 * 60_000;

/**
 * The second way to TensorFlow: what `npm install` of tfjs-node would have run. It fetches libtensorflow 2.9 and a built addon from Google's
 * storage, so it needs neither pip nor a compiler, but a network that lets it through. It works in a copy of the package, whose results
 * are moved in when they load; a failure leaves no trace. Rejects with a `SetupProblem`.
 */
export async function runOwnInstaller(options: {readonly cpu: boolean; readonly onWait: () => void}): Promise<void> {
  const home = addonPackage();
  const modules = join(home, '..', '..');
  // inside node_modules, where the copy finds the modules that it needs
  const workplace = join(modules, '.tfpipe');
  await mkdir(workplace, {recursive: true});
  await withLock(join(workplace, 'lock'), options.onWait, async (waited) => {
    const link = addonLink();
    const loads = (): Promise<boolean> =>
      checkAddon(link).then(
        () => true,
        () => false,
      );
    if (waited && (await loads())) return;
    await removeAbandoned(workplace);
    const copy = join(workplace, await temporaryName());
    try {
      const isResult = (path: string): boolean => path === join(home, 'lib') || path === join(home, 'deps');
      await cp(home, copy, {recursive: true, filter: (path) => !isResult(path)});
      const kind = !options.cpu && hasNvidiaDriver() ? 'gpu' : 'cpu';
      await runTool(process.execPath, ['scripts/install.js', kind, 'download'], {
        folder: copy,
        title: 'tfjs’s own installer',
        environment: {PATH: [join(modules, '.bin'), process.env['PATH']].filter(Boolean).join(delimiter)},
        remedy: 'It needs a network that reaches storage.googleapis.com.',
        limit: limitMilliseconds,
      });
      const made = join(copy, link.slice(home.length + 1));
      await checkAddon(made);
      await rm(join(home, 'deps'), {recursive: true, force: true});
      await rename(join(copy, 'deps'), join(home, 'deps'));
      await mkdir(dirname(link), {recursive: true});
      await rename(made, link);
    } finally {
      await rm(copy, {recursive: true, force: true});
    }
  });
}
