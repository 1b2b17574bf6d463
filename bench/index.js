// npm run bench [-- WORK…] [--json] [--no-peers] [--rounds N] [--examples N]: ours and the peers' on the same work, in turn; the ratio is
// ours / theirs. `--examples` is of the works `pyramid` and `svm`, up to 60,000.
import {parseArgs} from 'node:util';
import {mlflow} from './mlflow.js';
import {mobilenet} from './mobilenet.js';
import {report} from './report.js';
import {retrieval} from './retrieval.js';
import {runner} from './runner.js';
import {scikit} from './scikit.js';
import {terminal} from './terminal.js';
import {training} from './training.js';
import {trees} from './trees.js';
import {tsne} from './tsne.js';
import {validate} from './validate.js';

/** Each yields records {work, precision, peer, ours, theirs, ratio, unit}; without peers only ours. */
const works = {
  aae: (options) => training('aae', options),
  mlp: (options) => training('mlp', options),
  lenet: (options) => training('lenet', options),
  dcgan: (options) => training('dcgan', options),
  pyramid: (options) => scikit('pyramid', options),
  svm: (options) => scikit('svm', options),
  validate,
  report,
  mlflow,
  mobilenet,
  terminal,
  runner,
  forest: trees,
  tsne,
  retrieval,
};

const {values, positionals} = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    json: {type: 'boolean'},
    peers: {type: 'boolean', default: true},
    rounds: {type: 'string', default: '3'},
    examples: {type: 'string', default: '6000'},
  },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(works);
const [rounds, examples] = [Number(values.rounds), Number(values.examples)];
const unknown = wanted.find((work) => !works[work]);
const notCounts = [rounds, examples].some((count) => !Number.isInteger(count) || count < 1);
if (unknown || notCounts) {
  const got = unknown ? `\`${unknown}\`` : `--rounds ${values.rounds} --examples ${values.examples}`;
  console.error(`Expected works (${Object.keys(works).join(', ')}), --rounds and --examples of at least 1, got ${got}`);
  process.exit(2);
}

const show = (value) => (value === undefined ? '' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const row = (cells) => `| ${cells.join(' | ')} |`;
if (!values.json)
  console.log([row(['work', 'precision', 'ours', 'peer', 'theirs', 'ratio']), row(Array(6).fill('---'))].join('\n'));
for (const name of wanted)
  for await (const record of works[name]({rounds, examples, withPeers: values.peers})) {
    const {work, precision = '', ours, peer = '', theirs, ratio, unit} = record;
    if (values.json) console.log(JSON.stringify(record));
    else
      console.log(
        row([work, precision, `${show(ours)} ${unit}`, peer, theirs === undefined ? '' : `${show(theirs)} ${unit}`, show(ratio)]),
      );
  }
