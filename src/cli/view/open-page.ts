import {spawn} from 'node:child_process';

/** Opens a page where there is a screen, in the browser that BROWSER names or the machine's own; never holds anything up. */
export function openPage(url: string): void {
  const {BROWSER: browser, DISPLAY: x11, WAYLAND_DISPLAY: wayland} = process.env;
  const own = {darwin: 'open', win32: 'explorer'}[process.platform as string] ?? (x11 || wayland ? 'xdg-open' : undefined);
  const tool = browser || own;
  if (tool === undefined) return;
  // a browser that is not there is no reason to fail: the address is printed
  spawn(tool, [url], {stdio: 'ignore', detached: true})
    .once('error', () => undefined)
    .unref();
}
