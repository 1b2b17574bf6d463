// @ts-check
// Runs in the browser: a map of points on a canvas, with pictures on hover.
(() => {
  const {theme, onGround, lifted, element, cssColour, onColours, recall, remember, wheelIsFor, draw} = globalThis.tfpipe;

  draw.scatter = (holder, {x, y, label, classes, sprite}) => {
    const canvas = element('canvas', {tabIndex: 0});
    const keys = 'Arrow keys move, plus and minus zoom, 0 goes back, n and p go from point to point.';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${holder.querySelector('img').alt} ${keys}`);
    const hint = element('output', {className: 'hint', hidden: true});
    const map = element('div', {className: 'map'}, [canvas, hint]);
    const shown = classes.map(() => true);
    const legend = classes.map((name, index) => {
      const mark = element('i');
      mark.style.background = lifted(theme.class(index));
      const button = element('button', {type: 'button'}, [mark, name]);
      button.setAttribute('aria-pressed', 'true');
      button.onclick = () => {
        shown[index] = !shown[index];
        button.setAttribute('aria-pressed', String(shown[index]));
        redraw();
      };
      return button;
    });
    const smallest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
    const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
    const [lowX, highX, lowY, highY] = [smallest(x), largest(x), smallest(y), largest(y)];
    const extent = Math.max(highX - lowX, highY - lowY) * 1.06 || 1;
    const home = {centreX: (lowX + highX) / 2, centreY: (lowY + highY) / 2, extent};
    let view = {...home, ...recall(holder.id)};
    let chosen = -1;
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

    /** One dot of each class, drawn once a size: copying it is several times faster than drawing 10,000 circles. */
    let dots = {key: '', images: []};
    function dotsOf(radius) {
      const key = `${radius} ${onGround('#000000')}`;
      if (dots.key === key) return dots.images;
      const side = Math.ceil(radius) * 2 + 2;
      const images = classes.map((_, index) => {
        const dot = element('canvas', {width: side, height: side});
        const context = dot.getContext('2d');
        context.globalAlpha = 0.8;
        context.fillStyle = onGround(theme.class(index));
        context.arc(side / 2, side / 2, radius, 0, 7);
        context.fill();
        return dot;
      });
      dots = {key, images};
      return images;
    }

    function paint() {
      const size = Math.round(canvas.clientWidth * devicePixelRatio);
      if (canvas.width !== size) canvas.width = canvas.height = size;
      const context = canvas.getContext('2d');
      context.clearRect(0, 0, size, size);
      const radius = Math.round(4 * Math.max(1.5, Math.min(7, (1.9 * home.extent) / view.extent)) * devicePixelRatio) / 4;
      const images = dotsOf(radius);
      const half = (images[0]?.width ?? 0) / 2;
      const scale = size / view.extent;
      const [left, top] = [size / 2 - view.centreX * scale - half, size / 2 + view.centreY * scale - half];
      for (let index = 0; index < x.length; index++) {
        if (!shown[label[index]]) continue;
        const [px, py] = [left + x[index] * scale, top - y[index] * scale];
        if (px > -half * 2 && py > -half * 2 && px < size && py < size) context.drawImage(images[label[index]], px | 0, py | 0);
      }
      if (chosen < 0) return;
      context.strokeStyle = cssColour('--ink');
      context.lineWidth = 2 * devicePixelRatio;
      context.beginPath();
      context.arc(left + half + x[chosen] * scale, top + half - y[chosen] * scale, radius + 3 * devicePixelRatio, 0, 7);
      context.stroke();
    }

    const moved = () => {
      remember(holder.id, view);
      redraw();
    };
    const zoom = (factor, atX = 0.5, atY = 0.5) => {
      const extentNow = Math.min(home.extent * 2, Math.max(home.extent / 200, view.extent * factor));
      view.centreX += (atX - 0.5) * (view.extent - extentNow);
      view.centreY -= (atY - 0.5) * (view.extent - extentNow);
      view.extent = extentNow;
      moved();
    };
    const goHome = () => {
      view = {...home};
      moved();
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (!wheelIsFor(canvas, event)) return;
        event.preventDefault();
        zoom(Math.exp(event.deltaY * 0.0015), ...at(event));
      },
      {passive: false},
    );
    canvas.addEventListener('dblclick', goHome);
    canvas.addEventListener('keydown', (event) => {
      const step = view.extent / 12;
      const move = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step]}[event.key];
      if (move) {
        view.centreX += move[0];
        view.centreY += move[1];
        moved();
      } else if (event.key === '+' || event.key === '=') zoom(0.8);
      else if (event.key === '-') zoom(1.25);
      else if (event.key === '0') goHome();
      else if (event.key === 'n' || event.key === 'p') show(next(event.key === 'n' ? 1 : -1));
      else if (event.key === 'Escape') show(-1);
      else return;
      event.preventDefault();
    });
    let drag;
    canvas.addEventListener('pointerdown', (event) => {
      drag = at(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', () => (drag = undefined));
    canvas.addEventListener('pointerleave', () => show(-1));
    canvas.addEventListener('blur', () => show(-1));
    canvas.addEventListener('pointermove', (event) => {
      const now = at(event);
      if (!drag) return show(nearest(now));
      view.centreX -= (now[0] - drag[0]) * view.extent;
      view.centreY += (now[1] - drag[1]) * view.extent;
      drag = now;
      hint.hidden = true;
      moved();
    });

    /** The point within reach of a place, or -1. */
    function nearest([atX, atY]) {
      const [wantedX, wantedY] = [view.centreX + (atX - 0.5) * view.extent, view.centreY - (atY - 0.5) * view.extent];
      let best = -1;
      let least = (view.extent / 45) ** 2;
      for (let index = 0; index < x.length; index++) {
        const distance = (x[index] - wantedX) ** 2 + (y[index] - wantedY) ** 2;
        if (distance < least && shown[label[index]]) [best, least] = [index, distance];
      }
      return best;
    }

    /** The next point in sight, in the order of the data. */
    function next(step) {
      const inSight = (index) =>
        shown[label[index]] && Math.max(Math.abs(x[index] - view.centreX), Math.abs(y[index] - view.centreY)) < view.extent / 2;
      let index = chosen;
      for (let tries = 0; tries < x.length; tries++) {
        index = (index + step + x.length) % x.length;
        if (inSight(index)) return index;
      }
      return -1;
    }

    function show(index) {
      if (index === chosen) return;
      chosen = index;
      redraw();
      hint.hidden = index < 0;
      if (index < 0) return;
      const parts = [`${classes[label[index]]} · no. ${index}`];
      const rows = sprite ? Math.floor(picture.naturalHeight / sprite.size) : 0;
      if (sprite && index < rows * sprite.perRow) {
        const small = element('canvas', {width: sprite.size, height: sprite.size});
        const [column, row] = [index % sprite.perRow, Math.floor(index / sprite.perRow)];
        small.getContext('2d').drawImage(picture, -column * sprite.size, -row * sprite.size);
        parts.unshift(small);
      }
      hint.replaceChildren(...parts);
      const side = canvas.clientWidth;
      const [left, top] = [
        ((x[index] - view.centreX) / view.extent + 0.5) * side,
        (0.5 - (y[index] - view.centreY) / view.extent) * side,
      ];
      hint.style.left = `${Math.max(0, Math.min(left + 14, side - 170))}px`;
      hint.style.top = `${Math.max(0, Math.min(top + 14, side - 80))}px`;
    }

    const help = element('small', {textContent: 'Ctrl + wheel: zoom · drag: move · double click: back · n, p: points'});
    holder.replaceChildren(element('div', {className: 'tools'}, [...legend, help]), map);
    new ResizeObserver(redraw).observe(canvas);
    onColours(redraw);
    redraw();
  };
})();
