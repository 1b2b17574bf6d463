// The report of the autoencoder's run: its size, when a browser has drawn all of it, and how long a frame of its map of 10,000 points takes.
import {execFile} from 'node:child_process';
import {statSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {chromium} from 'playwright-core';
import {chromium as installed} from '../scripts/chromium.js';
import {median} from './training.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const goals = {megabytes: 5, seconds: 1, frame: 1000 / 60};
/** Frames of a pan and zoom over the map. */
const frames = 120;

const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Runs in the page: turns the wheel over the map, one turn a frame; milliseconds that each frame took. */
const spin = `new Promise((done) => {
  const canvas = document.querySelector('.map > canvas');
  canvas.scrollIntoView();
  canvas.focus();
  const {left, top, width, height} = canvas.getBoundingClientRect();
  const times = [];
  let last;
  const frame = (now) => {
    if (last !== undefined) times.push(now - last);
    last = now;
    if (times.length === ${frames}) return done(times);
    const place = {clientX: left + width * 0.4, clientY: top + height * 0.6, bubbles: true, cancelable: true};
    canvas.dispatchEvent(new WheelEvent('wheel', {...place, deltaY: times.length < ${frames / 2} ? -40 : 40}));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})`;

/**
 * Figures of a report: its megabytes; seconds until all is drawn; milliseconds of a frame of the map. Each by the clock, and by what the page's main
 * thread computed, which a busy machine changes little; medians of the rounds.
 */
export async function measure(path, rounds) {
  const browser = await chromium.launch({executablePath: installed(), args});
  const [drawn, drawing, frame, painting] = [[], [], [], []];
  try {
    for (let round = 0; round < rounds; round++) {
      const page = await browser.newPage({locale: 'en-US', viewport: {width: 1200, height: 900}});
      const client = await page.context().newCDPSession(page);
      await client.send('Performance.enable');
      const computed = async () =>
        (await client.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'ThreadTime').value;
      const before = await computed();
      await page.goto(pathToFileURL(path).href);
      await page.waitForFunction('performance.getEntriesByName("interactive").length > 0');
      drawn.push((await page.evaluate('performance.getEntriesByName("interactive")[0].startTime')) / 1000);
      const there = await computed();
      drawing.push(there - before);
      frame.push(median(await page.evaluate(spin)));
      painting.push((1000 * ((await computed()) - there)) / frames);
      await page.close();
    }
  } finally {
    await browser.close();
  }
  const megabytes = statSync(path).size / 1e6;
  return {megabytes, drawn: median(drawn), drawing: median(drawing), frame: median(frame), painting: median(painting)};
}

/** A record for each, with the goal as its peer. */
export async function* report({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  try {
    const run = ['run', 'pipelines/aae-supervised.yaml', '--set', 'epochs=2', '--runs', folder, '--quiet'];
    await promisify(execFile)(process.execPath, [join(root, 'bin/pipeline.js'), ...run], {cwd: root});
    const {megabytes, drawn, drawing, frame, painting} = await measure(join(folder, 'latest', 'report.html'), 3 * rounds);
    const record = (work, ours, goal, unit) => ({
      ...{work, ours, unit},
      ...(withPeers && {peer: 'goal', theirs: goal, ratio: ours / goal}),
    });
    yield record('report, size', megabytes, goals.megabytes, 'MB');
    yield record('report, interactive', drawn, goals.seconds, 's');
    yield record('report, interactive, main thread', drawing, goals.seconds, 's');
    yield record('report, frame of the map', frame, goals.frame, 'ms');
    yield record('report, frame, main thread', painting, goals.frame, 'ms');
  } finally {
    await rm(folder, {recursive: true});
  }
}
