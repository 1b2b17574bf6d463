// @ts-check
// Runs in the browser: draws the interactive figures over the pictures that are there without it.
(() => {
  const classColours = [
    '#4e79a7',
    '#f28e2b',
    '#e15759',
    '#76b7b2',
    '#59a14f',
    '#edc948',
    '#b07aa1',
    '#ff9da7',
    '#9c755f',
    '#bab0ac',
  ];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const element = (tag, properties = {}, children = []) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Line charts by Vega-Lite: zoom with the wheel, double click to go back, logarithmic axes on demand. */
  function drawCharts(holder, {spec}) {
    const panel = element('div', {className: 'panel'});
    const button = element('button', {type: 'button', className: 'plain', textContent: 'log scale'});
    button.setAttribute('aria-pressed', 'false');
    let logarithmic = false;
    const draw = () => {
      const copy = structuredClone(spec);
      // the page has the title already
      delete copy.title;
      const narrow = holder.clientWidth < 720;
      copy.columns = Math.max(1, Math.min(3, Math.floor(holder.clientWidth / 360)));
      copy.config = {
        ...copy.config,
        background: 'transparent',
        axis: {
          ...copy.config.axis,
          labelColor: cssColour('--muted'),
          titleColor: cssColour('--muted'),
          gridColor: cssColour('--rule'),
        },
        title: {color: cssColour('--ink')},
        legend: {...copy.config.legend, labelColor: cssColour('--ink')},
        font: 'system-ui, sans-serif',
      };
      copy.concat.forEach((chart, index) => {
        if (narrow) chart.width = Math.max(180, holder.clientWidth - 110);
        chart.params = [{name: `zoom${index}`, select: 'interval', bind: 'scales'}];
        const smallest = Math.min(...chart.data.values.map((value) => value.y));
        if (logarithmic && smallest > 0) chart.encoding.y.scale = {type: 'log'};
      });
      const view = new vega.View(vega.parse(vegaLite.compile(copy).spec), {renderer: 'svg', container: panel, hover: true});
      view.tooltip((_handler, event, _item, value) => showTooltip(event, value));
      panel.replaceChildren();
      view.initialize(panel).run();
    };
    button.onclick = () => {
      logarithmic = !logarithmic;
      button.setAttribute('aria-pressed', String(logarithmic));
      draw();
    };
    holder.replaceChildren(
      element('div', {className: 'tools'}, [
        button,
        element('small', {textContent: 'wheel: zoom · drag: move · double click: back'}),
      ]),
      panel,
    );
    dark.addEventListener('change', draw);
    draw();
  }

  const tooltip = element('div', {className: 'hint', hidden: true});
  tooltip.style.cssText =
    'position:fixed;z-index:9;padding:.4rem .6rem;border-radius:8px;font-size:.85rem;background:var(--card);border:1px solid var(--rule);pointer-events:none';
  document.body.append(tooltip);
  function showTooltip(event, value) {
    tooltip.hidden = !value;
    if (!value) return;
    tooltip.textContent = Object.entries(value)
      .map(([name, text]) => `${name}: ${text}`)
      .join(' · ');
    tooltip.style.left = `${Math.min(event.clientX + 12, innerWidth - 260)}px`;
    tooltip.style.top = `${event.clientY + 12}px`;
  }

  /** A map of points on a canvas: wheel zooms, drag moves, hover shows the digit, the legend switches classes. */
  function drawScatter(holder, {x, y, label, classes, sprite}) {
    const canvas = element('canvas', {tabIndex: 0});
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${holder.querySelector('img').alt} Arrow keys move, plus and minus zoom, 0 goes back.`);
    const hint = element('div', {className: 'hint', hidden: true});
    const map = element('div', {className: 'map'}, [canvas, hint]);
    const shown = classes.map(() => true);
    const legend = classes.map((name, index) => {
      const mark = element('i');
      mark.style.background = classColours[index % classColours.length];
      const button = element('button', {type: 'button'}, [mark, name]);
      button.setAttribute('aria-pressed', 'true');
      button.onclick = () => {
        shown[index] = !shown[index];
        button.setAttribute('aria-pressed', String(shown[index]));
        redraw();
      };
      return button;
    });
    const [lowX, highX, lowY, highY] = [
      x.reduce((a, b) => Math.min(a, b)),
      x.reduce((a, b) => Math.max(a, b)),
      y.reduce((a, b) => Math.min(a, b)),
      y.reduce((a, b) => Math.max(a, b)),
    ];
    const extent = Math.max(highX - lowX, highY - lowY) * 1.06 || 1;
    const home = {centreX: (lowX + highX) / 2, centreY: (lowY + highY) / 2, extent};
    let view = {...home};
    const picture = sprite && Object.assign(new Image(), {src: `data:image/png;base64,${sprite.png}`});
    let waiting = false;
    const redraw = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        paint();
      });
    };
    const place = (index, size) => [
      ((x[index] - view.centreX) / view.extent + 0.5) * size,
      (0.5 - (y[index] - view.centreY) / view.extent) * size,
    ];
    function paint() {
      const size = Math.round(canvas.clientWidth * devicePixelRatio);
      if (canvas.width !== size) canvas.width = canvas.height = size;
      const context = canvas.getContext('2d');
      context.clearRect(0, 0, size, size);
      context.globalAlpha = 0.8;
      const radius = Math.max(1.5, Math.min(7, (1.9 * home.extent) / view.extent)) * devicePixelRatio;
      for (let name = 0; name < classes.length; name++) {
        if (!shown[name]) continue;
        context.fillStyle = classColours[name % classColours.length];
        context.beginPath();
        for (let index = 0; index < x.length; index++) {
          if (label[index] !== name) continue;
          const [px, py] = place(index, size);
          if (px < -9 || py < -9 || px > size + 9 || py > size + 9) continue;
          context.moveTo(px + radius, py);
          context.arc(px, py, radius, 0, 7);
        }
        context.fill();
      }
    }
    const zoom = (factor, atX = 0.5, atY = 0.5) => {
      const extentNow = Math.min(home.extent * 2, Math.max(home.extent / 200, view.extent * factor));
      view.centreX += (atX - 0.5) * (view.extent - extentNow);
      view.centreY -= (atY - 0.5) * (view.extent - extentNow);
      view.extent = extentNow;
      redraw();
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        zoom(Math.exp(event.deltaY * 0.0015), ...at(event));
      },
      {passive: false},
    );
    canvas.addEventListener('dblclick', () => {
      view = {...home};
      redraw();
    });
    canvas.addEventListener('keydown', (event) => {
      const step = view.extent / 12;
      const moves = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step]};
      if (moves[event.key])
        [view.centreX, view.centreY] = [view.centreX + moves[event.key][0], view.centreY + moves[event.key][1]];
      else if (event.key === '+' || event.key === '=') return zoom(0.8);
      else if (event.key === '-') return zoom(1.25);
      else if (event.key === '0') view = {...home};
      else return;
      event.preventDefault();
      redraw();
    });
    let drag;
    canvas.addEventListener('pointerdown', (event) => {
      drag = at(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', () => (drag = undefined));
    canvas.addEventListener('pointerleave', () => (hint.hidden = true));
    canvas.addEventListener('pointermove', (event) => {
      const now = at(event);
      if (drag) {
        view.centreX -= (now[0] - drag[0]) * view.extent;
        view.centreY += (now[1] - drag[1]) * view.extent;
        drag = now;
        hint.hidden = true;
        return redraw();
      }
      pointAt(now, event);
    });
    function pointAt([atX, atY], event) {
      const [wantedX, wantedY] = [view.centreX + (atX - 0.5) * view.extent, view.centreY - (atY - 0.5) * view.extent];
      let best = -1;
      let nearest = (view.extent / 45) ** 2;
      for (let index = 0; index < x.length; index++) {
        const distance = (x[index] - wantedX) ** 2 + (y[index] - wantedY) ** 2;
        if (distance < nearest && shown[label[index]]) [best, nearest] = [index, distance];
      }
      hint.hidden = best < 0;
      if (best < 0) return;
      const parts = [`${classes[label[best]]} · no. ${best}`];
      const rows = sprite ? Math.floor(picture.naturalHeight / sprite.size) : 0;
      if (sprite && best < rows * sprite.perRow) {
        const small = element('canvas', {width: sprite.size, height: sprite.size});
        small
          .getContext('2d')
          .drawImage(picture, -(best % sprite.perRow) * sprite.size, -Math.floor(best / sprite.perRow) * sprite.size);
        parts.unshift(small);
      }
      hint.replaceChildren(...parts);
      const box = canvas.getBoundingClientRect();
      hint.style.left = `${Math.min(event.clientX - box.left + 14, box.width - 150)}px`;
      hint.style.top = `${Math.min(event.clientY - box.top + 14, box.height - 80)}px`;
    }
    const help = element('small', {textContent: 'wheel: zoom · drag: move · double click: back'});
    holder.replaceChildren(element('div', {className: 'tools'}, [...legend, help]), map);
    new ResizeObserver(redraw).observe(canvas);
    redraw();
  }

  const draw = {'vega-lite': drawCharts, scatter: drawScatter, ...globalThis.classification};
  for (const holder of document.querySelectorAll('.interactive')) {
    draw[holder.dataset.kind](holder, JSON.parse(holder.querySelector('script').textContent));
  }
})();
