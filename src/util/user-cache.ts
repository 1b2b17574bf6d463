import {homedir} from 'node:os';
import {join} from 'node:path';

/** Where tfpipe keeps what it fetched: `$XDG_CACHE_HOME/tfpipe`, or `~/.cache/tfpipe` (macOS: `~/Library/Caches/tfpipe`). */
export function userCache(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'tfpipe');
}
