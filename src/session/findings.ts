import type {Finding} from '../core/finding.js';
import {executors} from '../executors/index.js';
import {findings as sources} from '../sources/findings.js';
import {findings as store} from '../stores/findings.js';
import {findings as tensorflow} from '../tensor/setup/findings.js';
import {trackers} from '../trackers/index.js';
import {diskFinding} from '../util/disk-finding.js';
import {userCache} from '../util/user-cache.js';
import type {Project} from './project.js';

/** Findings on this machine, by every kind of part. */
export async function findings(project: Project): Promise<readonly Finding[]> {
  const found = await Promise.all([
    [node()],
    project.tensorflow().then(tensorflow),
    ...Object.values(executors).map((kind) => kind.findings()),
    sources(),
    ...Object.values(trackers).map((tracker) => tracker.findings()),
    diskFinding('cache', userCache(), 'XDG_CACHE_HOME').then((finding) => [finding]),
    store(project.options.store),
  ]);
  return found.flat();
}

const node = (): Finding => ({what: 'Node', state: 'good', found: `${process.version}, ${process.platform} ${process.arch}`});
