import {fileURLToPath} from 'node:url';
import type {Store} from '../core/store.js';
import {StoreUnusable} from '../util/unusable.js';

/** Every kind of store, by the scheme of its URLs. */
const kinds: Readonly<Record<string, (url: string) => Promise<Store>>> = {
  file: async (url) => (await import('./folder/store.js')).openLocalStore(folderOf(url) ?? url),
};

/**
 * Opens the store at a URL; a plain path is a folder on this machine. Rejects with a `StoreUnusable`, one sentence, when there is no such
 * kind of store or it cannot be used.
 */
export async function openStore(url: string): Promise<Store> {
  const scheme = schemeOf(url) ?? 'file';
  const open = Object.hasOwn(kinds, scheme) ? kinds[scheme] : undefined;
  if (!open) throw notKnown(scheme);
  return await open(url);
}

/** The folder of a store that is one: a path, or what a URL of the scheme `file` names. */
export function folderOf(url: string): string | undefined {
  const scheme = schemeOf(url);
  if (scheme === undefined) return url;
  if (scheme !== 'file') return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    throw new StoreUnusable(`Expected the store to be a folder of this machine, such as file:///data/store, got \`${url}\``);
  }
}

const schemeOf = (url: string): string | undefined => /^([a-z][a-z\d+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();

/** The part after the scheme is left out: it may hold a password. */
const notKnown = (scheme: string): StoreUnusable =>
  new StoreUnusable(
    `Expected the store to be a folder or a URL that begins with ${Object.keys(kinds)
      .map((kind) => `${kind}://`)
      .join(' or ')}, got one that begins with \`${scheme}://\``,
  );
