import {join} from 'node:path';
import type {Digest} from '../../core/digest.js';

/** Folders of a local store. */
export const storeFolders = ['blobs', 'records', 'checkpoints', 'leases', 'pins', 'tmp', 'quarantine'] as const;

export const blobPath = (root: string, digest: Digest): string => join(root, 'blobs', digest.slice(0, 2), digest);
export const recordPath = (root: string, key: Digest): string => join(root, 'records', key.slice(0, 2), `${key}.json`);
export const checkpointPath = (root: string, key: Digest): string => join(root, 'checkpoints', key);
