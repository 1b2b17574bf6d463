// @ts-check
// Runs in the browser: the table of all runs, asked for every two seconds while somebody looks.
(() => {
  const {element, figure, recall, remember} = globalThis.tfpipe;
  const every = 2_000;
  const find = (selector) => document.querySelector(selector);
  const form = find('#tools');
  const state = {sort: 'began', down: true, recipe: '', status: '', text: '', columns: null, ...recall('runs')};
  const save = () => remember('runs', state);
  let runs = [];

  const time = (milliseconds) => {
    const local = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
    return local.toISOString().slice(0, 16).replace('T', ' ');
  };
  const duration = (seconds) => {
    if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
    const minutes = Math.floor(Math.round(seconds) / 60);
    return minutes < 60 ? `${minutes} min ${Math.round(seconds) % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };
  const took = (run) => run.seconds ?? (run.status === 'running' ? (Date.now() - run.at) / 1000 : undefined);
  const figureOf = (run, name) => run.metrics[name] ?? run.params[name];
  const shown = (value) =>
    value === undefined
      ? ''
      : typeof value === 'number'
        ? figure(value)
        : typeof value === 'string'
          ? value
          : JSON.stringify(value);

  /** Columns that every run has: what is sorted by, and what stands in the cell. */
  const fixed = {
    run: {
      value: (run) => run.id,
      cell: (run) => [element('a', {href: `runs/${encodeURIComponent(run.id)}/report.html`, textContent: run.id})],
    },
    status: {
      value: (run) => run.status,
      cell: (run) => [element('span', {className: `result ${run.status}`, textContent: run.status})],
    },
    began: {value: (run) => run.at, cell: (run) => [time(run.at)]},
    took: {value: took, cell: (run) => [took(run) === undefined ? '' : duration(took(run))]},
    stages: {
      value: (run) => run.stages.done + run.stages.cached,
      cell: ({stages, status}) => {
        const ended = stages.done + stages.cached;
        if (status !== 'running') return [`${stages.done} ran, ${stages.cached} cached`];
        const bar = element('progress', {max: stages.total, value: ended});
        bar.setAttribute('aria-label', `${ended} of ${stages.total} stages`);
        return [bar, ` ${stages.running.join(', ')}`];
      },
    },
  };
  const columnOf = (name) => fixed[name] ?? {value: (run) => figureOf(run, name), cell: (run) => [shown(figureOf(run, name))]};

  const names = (of) => [...new Set(runs.flatMap((run) => Object.keys(of(run))))];
  /** Params that differ between runs, and what is not a loss: the first few. */
  const usual = () => {
    const params = names(({params}) => params);
    const differing = params.filter((name) => new Set(runs.map((run) => JSON.stringify(run.params[name]))).size > 1);
    const metrics = names(({metrics}) => metrics).filter((name) => !/loss|rate$/i.test(name));
    return [...differing.slice(0, 4), ...metrics.slice(0, 4)];
  };

  const compare = (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true});
  function selected() {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = runs.filter((run) => {
      const text = JSON.stringify([
        run.id,
        run.recipe,
        run.status,
        Object.entries(run.params).map((pair) => pair.join('=')),
      ]).toLowerCase();
      return (
        (state.recipe === '' || run.recipe === state.recipe) &&
        (state.status === '' || run.status === state.status) &&
        words.every((word) => text.includes(word))
      );
    });
    const {value} = columnOf(state.sort);
    const known = kept
      .filter((run) => value(run) !== undefined)
      .sort((a, b) => compare(value(a), value(b)) * (state.down ? -1 : 1));
    // what lacks the value stands last
    return [...known, ...kept.filter((run) => value(run) === undefined)];
  }

  function draw() {
    const columns = [...Object.keys(fixed), ...(state.columns ?? usual())];
    const heads = columns.map((name) => {
      const sorted = state.sort === name;
      const button = element('button', {type: 'button', textContent: name});
      button.onclick = () => {
        state.down = sorted ? !state.down : true;
        state.sort = name;
        save();
        draw();
        // the button is a new one
        [...document.querySelectorAll('.runs thead button')].find((each) => each.textContent === name)?.focus();
      };
      const head = element('th', {scope: 'col', className: name in fixed ? '' : 'number'}, [button]);
      if (sorted) head.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
      return head;
    });
    const rows = selected().map((run) =>
      element(
        'tr',
        {},
        columns.map((name) => element('td', {className: name in fixed ? '' : 'number'}, columnOf(name).cell(run))),
      ),
    );
    const focused = document.activeElement?.getAttribute('href');
    find('.runs thead').replaceChildren(element('tr', {}, heads));
    find('.runs tbody').replaceChildren(...rows);
    // a row that had the focus keeps it
    if (focused) find(`.runs a[href="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
    const going = runs.filter(({status}) => status === 'running').length;
    const told =
      runs.length === 0 ? 'no runs yet' : `${rows.length} of ${runs.length} runs${going > 0 ? `, ${going} going on` : ''}`;
    if (find('#state').textContent !== told) find('#state').textContent = told;
  }

  function offer() {
    const fill = (select, values) => {
      const options = ['', ...new Set(values)].map((value) => element('option', {value, textContent: value || 'all'}));
      if (options.length === select.options.length) return;
      select.replaceChildren(...options);
      select.value = state[select.name];
    };
    fill(form.elements.recipe, runs.map(({recipe}) => recipe).sort());
    fill(form.elements.status, runs.map(({status}) => status).sort());
    const all = [...names(({params}) => params), ...names(({metrics}) => metrics)];
    const boxes = find('#columns');
    if (boxes.querySelectorAll('input').length === all.length) return;
    const chosen = state.columns ?? usual();
    const labels = all.map((name) => {
      const box = element('input', {type: 'checkbox', checked: chosen.includes(name)});
      box.onchange = () => {
        const before = state.columns ?? usual();
        state.columns = all.filter((each) => (each === name ? box.checked : before.includes(each)));
        save();
        draw();
      };
      return element('label', {}, [box, name]);
    });
    boxes.replaceChildren(boxes.querySelector('legend'), ...labels);
  }

  form.elements.text.value = state.text;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({target}) => {
    if (!(target.name in state)) return;
    state[target.name] = target.value;
    save();
    draw();
  });

  async function ask() {
    try {
      const answer = await fetch('runs.json');
      if (!answer.ok) throw new Error(await answer.text());
      const text = await answer.text();
      const next = JSON.parse(text);
      const going = next.some(({status}) => status === 'running');
      if (going || text !== ask.last) {
        ask.last = text;
        runs = next;
        offer();
        draw();
      }
    } catch {
      find('#state').textContent = 'the server has ended: `pipeline serve` starts it again';
      ask.last = '';
    }
  }
  const again = async () => {
    if (!document.hidden) await ask();
    setTimeout(again, every);
  };
  again();
})();
