// @ts-check
// Runs in the browser: draws confusion matrices and mistakes as part of the page, so that they follow its width and colours.
(() => {
  const {element, draw} = globalThis.tfpipe;
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const percent = (part, whole) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);

  /** Counts shaded by the root of their share of the row, so that rare mistakes are seen. */
  draw.matrix = (holder, {classes, counts}) => {
    const header = (name, scope, className = '') => {
      const made = element('th', {className, scope}, [element('span', {textContent: name})]);
      made.title = name;
      return made;
    };
    const column = (index) => sum(counts.map((row) => row[index]));
    const rows = counts.map((row, actual) => {
      const whole = sum(row);
      const cells = row.map((count, predicted) => {
        const cell = element('td', {className: actual === predicted ? 'right' : 'wrong', textContent: count || ''});
        cell.style.setProperty('--part', `${40 * Math.sqrt(whole === 0 ? 0 : count / whole)}%`);
        cell.title = `${classes[actual]}, taken for ${classes[predicted]}: ${count} of ${whole} (${percent(count, whole)})`;
        return cell;
      });
      const recall = element('td', {className: 'edge', textContent: percent(row[actual], whole)});
      return element('tr', {}, [header(classes[actual], 'row'), ...cells, recall]);
    });
    const precision = classes.map((_, index) =>
      element('td', {className: 'edge', textContent: percent(counts[index][index], column(index))}),
    );
    const right = sum(counts.map((row, index) => row[index]));
    const accuracy = element('td', {className: 'edge all', textContent: percent(right, sum(counts.map(sum)))});
    const table = element('table', {className: 'counts'}, [
      element('caption', {textContent: 'A row: what the examples are. A column: what they are taken for.'}),
      element('thead', {}, [
        element('tr', {}, [element('td'), ...classes.map((name) => header(name, 'col')), header('recall', 'col', 'edge')]),
      ]),
      element('tbody', {}, [...rows, element('tr', {}, [header('precision', 'row', 'edge'), ...precision, accuracy])]),
    ]);
    const scroll = element('div', {className: 'scroll', tabIndex: 0, role: 'region', ariaLabel: 'Confusion matrix'}, [table]);
    holder.replaceChildren(scroll);
  };

  /** A card for each picture; as many a row as there is room for. */
  draw.gallery = (holder, {summary, sprite, items}) => {
    const picture = Object.assign(new Image(), {src: `data:image/png;base64,${sprite.png}`});
    const cards = items.map(({index, label, predicted, probability}, place) => {
      const canvas = element('canvas', {width: sprite.size, height: sprite.size});
      const [left, top] = [(place % sprite.perRow) * sprite.size, Math.floor(place / sprite.perRow) * sprite.size];
      picture.addEventListener('load', () => canvas.getContext('2d').drawImage(picture, -left, -top));
      const text = element('p', {}, [
        element('b', {textContent: predicted}),
        element('span', {textContent: `is ${label}`}),
        element('small', {textContent: `${(100 * probability).toFixed(1)} % · no. ${index}`}),
      ]);
      return element('li', {}, [canvas, text]);
    });
    holder.replaceChildren(
      element('p', {className: 'summary', textContent: `${summary}, each under what it is taken for.`}),
      element('ul', {className: 'cards'}, cards),
    );
  };
})();
