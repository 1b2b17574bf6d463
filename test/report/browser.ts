import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, afterEach} from 'node:test';
import {setTimeout as wait} from 'node:timers/promises';
import {type Browser, type BrowserContextOptions, chromium, type Locator, type Page} from 'playwright-core';
import {chromium as installed} from '#scripts/chromium.js';
import {lacks} from '#scripts/test-tools.js';

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why tests in a browser are left out here, or `false`. */
export const noBrowser = lacks('chromium');

/** The Chromium of this machine, one for all tests of a file; it ends with them. */
export function browser(): {readonly open: (url: string, options?: BrowserContextOptions) => Promise<Page>} {
  let launched: Promise<Browser> | undefined;
  const wrong: string[] = [];
  afterEach(async () => {
    for (const context of (await launched)?.contexts() ?? []) await context.close();
    assert.deepEqual(wrong.splice(0), []);
  });
  after(async () => await (await launched)?.close());
  return {
    /** A page in a context of its own; a script that throws or that the page's own policy forbids fails the test. */
    open: async (url, options = {}) => {
      const executablePath = installed();
      assert(executablePath !== undefined);
      launched ??= chromium.launch({executablePath, args: quiet});
      const context = await (await launched).newContext({locale: 'en-US', viewport: {width: 1200, height: 900}, ...options});
      const page = await context.newPage();
      page.on('pageerror', (error) => wrong.push(String(error)));
      page.on('console', (message) => {
        // a server that a test has ended is no fault of the page
        if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION_REFUSED')) wrong.push(message.text());
      });
      await page.goto(url);
      return page;
    },
  };
}

/** Waits until an element's text is such. */
export async function shows(element: Locator, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const text = (await element.textContent()) ?? '';
    if (pattern.test(text)) return;
    if (Date.now() > deadline) assert.match(text, pattern);
    await wait(20);
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly {readonly html: string; readonly failureSummary?: string}[];
}

/** Holds a page against the rules of axe-core (WCAG 2.2 A and AA, best practices): no finding that is serious or critical. */
export async function accessible(page: Page): Promise<void> {
  // evaluate is not bound by the page's policy, a script element is
  await page.evaluate(axe);
  const violations = (await page.evaluate(
    'axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations)',
  )) as readonly Violation[];
  const grave = violations.filter(({impact}) => impact === 'serious' || impact === 'critical');
  const told = grave.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  assert.deepEqual(told, []);
}
