import {type Digest, digestJson} from '#tfpipe/core/digest.js';
import type {StageRecord} from '#tfpipe/core/store.js';

/** A record with one output that names the given blobs. */
export function recordOf(key: Digest, blobs: readonly {digest: Digest; bytes: number}[], stage = 'stage'): StageRecord {
  const files = blobs.map((blob, index) => ({name: `file-${index}`, ...blob}));
  return {
    format: 1,
    key,
    fields: {type: 'test/node'},
    outputs: {out: {kind: 'table', type: {kind: 'table', columns: []}, digest: digestJson(files), files}},
    metrics: [],
    computed: {stage, at: 1, seconds: 1, peakBytes: 1},
  };
}
