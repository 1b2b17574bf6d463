import {relative} from 'node:path';
import {openStore} from '../../stores/open.js';
import {formatBytes, formatCount} from '../../util/format.js';
import {type Command, flag, UsageError} from '../command.js';
import {recipeOptions, storeFolder} from '../project.js';
import {style} from '../view/style.js';

export const command: Command = {
  name: 'cache',
  summary: 'Reads all of the cache, whatever was verified before; sets aside what is damaged. Exit code 1 when something was.',
  usage: 'cache verify [options]',
  options: {
    store: recipeOptions.store,
    json: {type: 'boolean', description: 'print what was found as JSON'},
  },
  examples: ['pipeline cache verify', 'pipeline cache verify --store /data/store --json'],
  run: async (invocation) => {
    const [action, second] = invocation.positionals;
    if (action !== 'verify' || second !== undefined)
      throw new UsageError(
        `Expected \`cache verify\`, got \`cache ${invocation.positionals.join(' ')}\``,
        'Such as: pipeline cache verify',
      );
    const store = await openStore(storeFolder(invocation));
    const showsProgress = process.stderr.isTTY === true;
    const audit = await store.audit((done, total) => {
      if (showsProgress) process.stderr.write(`\r${formatBytes(done)} of ${formatBytes(total)}${done === total ? '\n' : '  '}`);
    });
    const {findings, results, blobs, checkpoints, bytes, quarantine} = audit;
    if (flag(invocation, 'json')) process.stdout.write(`${JSON.stringify(audit)}\n`);
    else {
      for (const {file, what} of findings) process.stdout.write(`${style.red('✖')} ${file}  ${what}\n`);
      const counts = [formatCount(results, 'result'), formatCount(blobs, 'file'), formatCount(checkpoints, 'checkpoint')];
      const read = `${counts.join(', ')}: ${formatBytes(bytes)} read`;
      const verdict = findings.length === 0 ? 'all whole' : `${findings.length} set aside in ${relative('.', quarantine)}`;
      process.stdout.write(`${read}, ${verdict}\n`);
    }
    return findings.length === 0 ? 0 : 1;
  },
};
