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

    /** A disc's pixels: offsets from its centre, and how much of each it covers, of 256, at an opacity of 0.8. */
    const stampOf = (radius, width) => {
      const reach = Math.ceil(radius);
      const [offsets, covers] = [[], []];
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++) {
          const cover = Math.round(0.8 * 256 * Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy))));
          if (cover > 0) [offsets[offsets.length], covers[covers.length]] = [dy * width + dx, cover];
        }
      return [Int32Array.from(offsets), Int32Array.from(covers)];
    };
    const channels = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

    /**
     * Writes the pixels itself: 10,000 discs as paths or copied pictures take several times as long where there is no GPU. The
     * picture has a margin, so that a disc at the edge needs no clipping.
     */
    let image;
    function paint() {
      const size = Math.round(canvas.clientWidth * devicePixelRatio);
      if (canvas.width !== size) canvas.width = canvas.height = size;
      const context = canvas.getContext('2d');
      const small = Math.min(1, canvas.clientWidth / 600);
      const radius = small * Math.max(1.5, Math.min(7, (1.9 * home.extent) / view.extent)) * devicePixelRatio;
      const margin = Math.ceil(16 * devicePixelRatio);
      const width = size + 2 * margin;
      if (image?.width !== width) image = context.createImageData(width, width);
      const pixels = new Uint32Array(image.data.buffer);
      const [red, green, blue] = channels(cssColour('--card'));
      pixels.fill(0xff000000 | (blue << 16) | (green << 8) | red);
      const [offsets, covers] = stampOf(radius, width);
      const colours = classes.map((_, index) => channels(onGround(theme.class(index))));
      const scale = size / view.extent;
      const [left, top] = [margin + size / 2 - view.centreX * scale, margin + size / 2 + view.centreY * scale];
      const [low, high] = [margin / 2, width - margin / 2];
      for (let index = 0; index < x.length; index++) {
        if (!shown[label[index]]) continue;
        const px = (left + x[index] * scale) | 0;
        const py = (top - y[index] * scale) | 0;
        if (px < low || py < low || px >= high || py >= high) continue;
        const centre = py * width + px;
        const [r, g, b] = colours[label[index]];
        for (let part = 0; part < offsets.length; part++) {
          const at = centre + offsets[part];
          const cover = covers[part];
          const under = pixels[at];
          const r0 = under & 255;
          const g0 = (under >> 8) & 255;
          const b0 = (under >> 16) & 255;
          const mixed = (r0 + (((r - r0) * cover) >> 8)) | ((g0 + (((g - g0) * cover) >> 8)) << 8);
          pixels[at] = 0xff000000 | mixed | ((b0 + (((b - b0) * cover) >> 8)) << 16);
        }
      }
      context.putImageData(image, -margin, -margin);
      if (chosen < 0) return;
      context.strokeStyle = cssColour('--ink');
      context.lineWidth = 2 * devicePixelRatio;
      context.beginPath();
      context.arc(left - margin + x[chosen] * scale, top - margin - y[chosen] * scale, radius + 3 * devicePixelRatio, 0, 7);
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
