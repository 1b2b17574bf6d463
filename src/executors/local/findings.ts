import {readFile} from 'node:fs/promises';
import type {Finding} from '../../core/finding.js';
import {driverVersion, hasNvidiaDriver} from '../../tensor/setup/locate.js';

/** GPUs that stages on this machine can use. */
export async function findings(): Promise<readonly Finding[]> {
  if (!hasNvidiaDriver()) return [{what: 'GPU', state: 'good', found: 'no NVIDIA driver; running on the processor'}];
  const text = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => '');
  const version = driverVersion(text);
  return [{what: 'GPU', state: 'good', found: `NVIDIA driver${version ? ` ${version}` : ''}`}];
}
