import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

/** A page after its scripts have run, in a browser without a network. */
export function rendered(path: string): string {
  const quiet = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const profile = mkdtempSync(join(tmpdir(), 'tfpipe-browser-'));
  const args = [
    ...quiet,
    `--user-data-dir=${profile}`,
    '--virtual-time-budget=5000',
    '--window-size=1200,900',
    '--dump-dom',
    pathToFileURL(path).href,
  ];
  try {
    return execFileSync(process.env['CHROMIUM'] ?? 'chromium', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 27,
    });
  } finally {
    rmSync(profile, {recursive: true, force: true, maxRetries: 5});
  }
}
