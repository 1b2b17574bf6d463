// @ts-check
// Runs in the browser, last: draws the interactive figures over the pictures that are there without it.
(() => {
  const {draw, recall, remember} = globalThis.tfpipe;
  for (const holder of document.querySelectorAll('.interactive')) {
    const drawing = draw[holder.dataset.kind];
    if (drawing) drawing(holder, JSON.parse(holder.querySelector('script').textContent));
  }
  // what `npm run bench -- report` measures: all is drawn, and the frame shown
  requestAnimationFrame(() => setTimeout(() => performance.mark('interactive')));
  for (const details of document.querySelectorAll('details[id]')) {
    if (recall(details.id) !== undefined) details.open = recall(details.id);
    details.addEventListener('toggle', () => remember(details.id, details.open));
  }

  // a run that goes on writes its page again and again
  const live = document.querySelector('[data-written]');
  if (!live) return;
  const reload = {every: 5_000, whenSilent: 60_000};
  const silence = Date.now() - Number(live.dataset.written);
  // a killed run cannot say so itself
  if (silence > 1000 * Number(live.dataset.patience)) live.querySelector('.silent').hidden = false;
  let touched = 0;
  for (const type of ['pointermove', 'keydown', 'wheel']) addEventListener(type, () => (touched = Date.now()), {passive: true});
  const again = () => {
    const busy = document.hidden || Date.now() - touched < 1_500;
    if (busy) setTimeout(again, 500);
    else location.reload();
  };
  setTimeout(again, silence > reload.whenSilent ? reload.whenSilent : reload.every);
})();
