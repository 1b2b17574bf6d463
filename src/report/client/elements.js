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
    for (const query of [dark, paper]) query.addEventListener('change', redraw);
  };

  // what a reader has set stays when the page reloads itself; history is what survives that in a file, too
  const remembered = {...history.state};
  const recall = (key) => remembered[key];
  const remember = (key, value) => {
    remembered[key] = value;
    history.replaceState(remembered, '');
  };

  /** True when the wheel is meant for a drawing: the page scrolls over it until it is clicked, or Ctrl is held. */
  const wheelIsFor = (drawing, event) => event.ctrlKey || event.metaKey || document.activeElement === drawing;

  /** Four significant digits. */
  const figure = (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e7) return String(value);
    return size >= 1e-3 && size < 1e7 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
  };

  const {series, classes, dashes} = JSON.parse(document.getElementById('theme').textContent);
  const paper = matchMedia('print');
  /** A colour of the pictures, lighter on dark ground; for canvases. */
  const onGround = (colour) => {
    if (!dark.matches || paper.matches) return colour;
    const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    return `#${parts
      .map((part) =>
        Math.round(part + (255 - part) * 0.3)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`;
  };
  /** The same for style sheets, which follow the ground themselves. */
  const lifted = (colour) => `color-mix(in srgb, ${colour}, white var(--lift))`;
  const theme = {
    series: (index) => series[index % series.length],
    dash: (index) => (index === 0 ? undefined : dashes[index % dashes.length]),
    class: (index) => classes[index % classes.length],
  };

  return {theme, onGround, lifted, element, cssColour, dark, onColours, recall, remember, wheelIsFor, figure, draw: {}};
})();
