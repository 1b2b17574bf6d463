// @ts-check
// Runs in the browser: line charts by uPlot, side by side, with one cursor and one zoom for all of a figure.
(() => {
  const {theme, onGround, lifted, element, cssColour, onColours, recall, remember, wheelIsFor, figure, draw} = globalThis.tfpipe;
  const scales = ['auto', 'linear', 'log'];
  const chartHeight = 220;

  /**
   * `panels`: {title, xLabel, series: [{name, x, y}]}. A panel whose figures are all positive can have a logarithmic axis, and has one
   * by itself where they span more than two decades.
   */
  draw.curves = (holder, {panels}) => {
    const names = [...new Set(panels.flatMap(({series}) => series.map(({name}) => name)))];
    const key = holder.id || holder.getAttribute('aria-label') || panels[0]?.title;
    const state = {scale: 'auto', hidden: [], range: null, ...recall(key)};
    const colourOf = (name) => theme.series(names.indexOf(name));
    const dashOf = (name) => theme.dash(names.indexOf(name));
    let charts = [];

    const grid = element('div', {className: 'charts'});
    const cells = panels.map((panel) => {
      const plot = element('div', {className: 'plot', tabIndex: 0});
      plot.setAttribute('role', 'img');
      plot.setAttribute('aria-label', `${describe(panel)} Left and right read values, plus and minus zoom, 0 shows all.`);
      const readout = element('output');
      return {
        panel,
        plot,
        readout,
        cell: element('div', {className: 'chart'}, [element('h3', {textContent: panel.title}), readout, plot]),
      };
    });
    grid.append(...cells.map(({cell}) => cell));

    const zoomTo = (range) => {
      state.range = range;
      remember(key, state);
      for (const {chart, extent} of charts) {
        const [low, high] = range ?? extent;
        chart.setScale('x', {min: low, max: high});
      }
    };
    /** Zooms around a place of the axis, or moves along it. */
    const change = ({chart, extent: [first, last]}, factor, centre, shift = 0) => {
      const {min, max} = chart.scales.x;
      const low = Math.max(first, centre - (centre - min) * factor + shift);
      const high = Math.min(last, centre + (max - centre) * factor + shift);
      if (high - low < (last - first) / 1e4) return;
      zoomTo(low <= first && high >= last ? null : [low, high]);
    };

    const build = () => {
      for (const {chart} of charts) chart.destroy();
      charts = cells.map((cell) => buildChart(cell));
      if (state.range) zoomTo(state.range);
    };

    function buildChart({panel, plot, readout}) {
      const shown = panel.series.filter(({name, x}) => !state.hidden.includes(name) && x.length > 0);
      const data = uPlot.join(shown.map(({x, y}) => [x, y]).concat(shown.length === 0 ? [[[], []]] : []));
      const xs = data[0];
      const extent = [xs[0] ?? 0, xs.length > 1 ? xs[xs.length - 1] : (xs[0] ?? 0) + 1];
      const isLog = logarithmic(shown, state.scale);
      const axis = {
        stroke: () => cssColour('--muted'),
        grid: {stroke: () => cssColour('--rule'), width: 1},
        ticks: {show: false},
        font: '12px system-ui, sans-serif',
      };
      const read = (index) => {
        const parts = index == null ? [] : shown.map(({name}, at) => [name, nearest(data[at + 1], index)]);
        const text = parts.filter(([, value]) => value != null).map(([name, value]) => `${name} ${figure(value)}`);
        readout.textContent = text.length > 0 ? `${panel.xLabel} ${figure(xs[index])} · ${text.join(' · ')}` : '';
      };
      const chart = new uPlot(
        {
          width: Math.max(160, plot.clientWidth),
          height: chartHeight,
          legend: {show: false},
          cursor: {y: false, drag: {x: true, y: false, setScale: false}, sync: {key, scales: ['x', null]}},
          scales: {x: {time: false, range: (_, low, high) => [low, high]}, y: {distr: isLog ? 3 : 1}},
          axes: [
            {
              ...axis,
              size: 32,
              incrs: steps,
              label: panel.xLabel,
              labelSize: 18,
              labelFont: '12px system-ui, sans-serif',
              values: labels,
            },
            {...axis, grid: {...axis.grid, ...(isLog && {filter: tenfold})}, size: 62, values: labels},
          ],
          series: [
            {},
            ...shown.map(({name, x}) => ({
              label: name,
              stroke: () => onGround(colourOf(name)),
              dash: dashOf(name),
              width: 2,
              spanGaps: true,
              points: {show: x.length <= 24, size: 5, fill: () => onGround(colourOf(name))},
            })),
          ],
          hooks: {
            setCursor: [({cursor}) => read(cursor.idx)],
            setSelect: [
              (self) => {
                const {left, width} = self.select;
                if (width > 4) zoomTo([self.posToVal(left, 'x'), self.posToVal(left + width, 'x')]);
                self.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
              },
            ],
          },
        },
        data,
        plot,
      );
      chart.over.addEventListener('dblclick', () => zoomTo(null));
      return {chart, extent, plot, xs};
    }

    cells.forEach(({plot}, at) => {
      plot.addEventListener(
        'wheel',
        (event) => {
          if (!wheelIsFor(plot, event)) return;
          event.preventDefault();
          const {chart} = charts[at];
          const left = event.clientX - chart.over.getBoundingClientRect().left;
          change(charts[at], Math.exp(event.deltaY * 0.0015), chart.posToVal(left, 'x'));
        },
        {passive: false},
      );
      plot.addEventListener('keydown', (event) => {
        const {chart, xs} = charts[at];
        const {min, max} = chart.scales.x;
        const current = chart.cursor.idx ?? xs.findIndex((x) => x >= min);
        const direction = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (direction && event.shiftKey) change(charts[at], 1, (min + max) / 2, (direction * (max - min)) / 8);
        else if (direction) {
          const next = Math.min(xs.length - 1, Math.max(0, chart.cursor.idx == null ? current : current + direction));
          chart.setCursor({left: chart.valToPos(xs[next], 'x'), top: 10}, true, true);
        } else if (event.key === '+' || event.key === '=') change(charts[at], 0.7, xs[current] ?? (min + max) / 2);
        else if (event.key === '-') change(charts[at], 1 / 0.7, xs[current] ?? (min + max) / 2);
        else if (event.key === '0') zoomTo(null);
        else return;
        event.preventDefault();
      });
    });

    const legend = names.map((name) => {
      const mark = element('i', {className: 'line'});
      mark.style.borderTop = `3px ${dashOf(name) ? 'dashed' : 'solid'} ${lifted(colourOf(name))}`;
      const button = element('button', {type: 'button'}, [mark, name]);
      button.setAttribute('aria-pressed', String(!state.hidden.includes(name)));
      button.onclick = () => {
        const hidden = state.hidden.includes(name);
        state.hidden = hidden ? state.hidden.filter((each) => each !== name) : [...state.hidden, name];
        button.setAttribute('aria-pressed', String(hidden));
        remember(key, state);
        build();
      };
      return button;
    });
    const scaleChoice = element('fieldset', {className: 'choice'}, [
      element('legend', {textContent: 'scale'}),
      ...scales.map((name) => {
        const input = element('input', {type: 'radio', name: `scale ${key}`, value: name, checked: state.scale === name});
        input.onchange = () => {
          state.scale = name;
          remember(key, state);
          build();
        };
        return element('label', {}, [input, name]);
      }),
    ]);
    const help = element('small', {textContent: 'drag or Ctrl + wheel: zoom · double click: all · arrow keys: values'});
    holder.replaceChildren(element('div', {className: 'tools'}, [...(names.length > 1 ? legend : []), scaleChoice, help]), grid);
    build();
    let width = grid.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(grid.clientWidth - width) < 2) return;
      width = grid.clientWidth;
      for (const {chart, plot} of charts) chart.setSize({width: Math.max(160, plot.clientWidth), height: chartHeight});
    }).observe(grid);
    onColours(() => {
      for (const {chart} of charts) chart.redraw();
    });
  };

  const finite = (series) => series.flatMap(({y}) => y.filter((value) => Number.isFinite(value)));

  function logarithmic(series, scale) {
    const values = finite(series);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    if (scale === 'linear' || values.length === 0 || low <= 0) return false;
    return scale === 'log' || values.reduce((a, b) => Math.max(a, b), 0) > 100 * low;
  }

  /** "loss over 20 epochs: training from 0.5 to 0.1." */
  function describe({title, xLabel, series}) {
    const told = series.map(({name, y}) => {
      const values = y.filter((value) => Number.isFinite(value));
      return `${name} from ${figure(values[0])} to ${figure(values.at(-1))}`;
    });
    return `${title} over ${xLabel}: ${told.join(', ')}.`;
  }

  /** A series that has no value here, such as one of every fifth epoch: its last before. */
  function nearest(values, index) {
    for (let at = index; at >= 0; at--) if (values[at] != null) return values[at];
    return null;
  }

  const steps = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5, 6].map((power) => digit * 10 ** power)).sort((a, b) => a - b);
  /** Lines of a logarithmic axis: those at powers of ten where there are too many. */
  const tenfold = (_, splits) =>
    splits.length > 20 ? splits.map((value) => (Number.isInteger(Number(Math.log10(value).toFixed(6))) ? value : null)) : splits;
  const labels = (_, splits) => splits.map((value) => (value == null ? '' : figure(value)));
})();
