// @ts-check
// Runs in the browser before the other files: what all of them use.
globalThis.tfpipe = (() => {
  const element = (tag, properties = {}, children = []) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  /** Calls back when the page's colours have changed: light, dark, or paper. */
  const onColours = (redraw) => {
    for (const query of [dark, matchMedia('print')]) query.addEventListener('change', redraw);
  };

  // what a reader has set stays when the page reloads itself; history is what survives that in a file, too
  const remembered = {...history.state};
  const recall = (key) => remembered[key];
  const remember = (key, value) => {
    remembered[key] = value;
    history.replaceState(remembered, '');
  };

  /** Whether the wheel is meant for a drawing: the page scrolls over it until it is clicked, or Ctrl is held. */
  const wheelIsFor = (drawing, event) => event.ctrlKey || event.metaKey || document.activeElement === drawing;

  /** Four significant digits. */
  const figure = (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e7) return String(value);
    return size >= 1e-3 && size < 1e7 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
  };

  /** Colours of series and classes, as in the pictures. */
  const {series, classes, dashes} = JSON.parse(document.getElementById('theme').textContent);
  const theme = {
    series: (index) => series[index % series.length],
    dash: (index) => (index === 0 ? undefined : dashes[index % dashes.length]),
    class: (index) => classes[index % classes.length],
  };

  return {theme, element, cssColour, dark, onColours, recall, remember, wheelIsFor, figure, draw: {}};
})();
