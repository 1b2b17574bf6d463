// The report of the autoencoder's run: its size, when a browser has drawn all of it, and how long a frame of its map of 10,000 points takes.
import {execFile} from 'node:child_process';
import {existsSync, statSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {chromium} from 'playwright-core';
import {median} from './training.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const goals = {megabytes: 5, seconds: 1, frame: 1000 / 60};
/** Frames of a pan and zoom over the map. */
const frames = 120;

const name = process.env.CHROMIUM ?? 'chromium';
const executablePath = name.includes('/')
  ? name
  : (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(existsSync);
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

/** A record for size, first drawing, and frames (median and 95th percentile), with the goal as its peer. */
export async function* report({rounds, withPeers}) {
  const folder = await mkdtemp(join(tmpdir(), 'tfpipe-bench-'));
  const browser = await chromium.launch({executablePath, args});
  try {
    const run = ['run', 'pipelines/aae-supervised.yaml', '--set', 'epochs=2', '--runs', folder, '--quiet'];
    await promisify(execFile)(process.execPath, [join(root, 'bin/pipeline.js'), ...run], {cwd: root});
    const path = join(folder, 'latest', 'report.html');
    const [drawn, frame, slow] = [[], [], []];
    for (let round = 0; round < 3 * rounds; round++) {
      const page = await browser.newPage({viewport: {width: 1200, height: 900}});
      await page.goto(pathToFileURL(path).href);
      await page.waitForFunction('performance.getEntriesByName("interactive").length > 0');
      drawn.push((await page.evaluate('performance.getEntriesByName("interactive")[0].startTime')) / 1000);
      const times = (await page.evaluate(spin)).sort((a, b) => a - b);
      frame.push(median(times));
      slow.push(times[Math.floor(0.95 * times.length)]);
      await page.close();
    }
    const record = (work, ours, goal, unit) => ({
      ...{work, ours, unit},
      ...(withPeers && {peer: 'goal', theirs: goal, ratio: ours / goal}),
    });
    yield record('report, size', statSync(path).size / 1e6, goals.megabytes, 'MB');
    yield record('report, interactive', median(drawn), goals.seconds, 's');
    yield record('report, frame of the map', median(frame), goals.frame, 'ms');
    yield record('report, 95th of 100 frames', median(slow), goals.frame, 'ms');
  } finally {
    await browser.close();
    await rm(folder, {recursive: true});
  }
}
