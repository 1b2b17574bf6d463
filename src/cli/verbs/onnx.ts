import {writeFile} from 'node:fs/promises';
import type {StageOutput} from '../../core/events.js';
import {toOnnx} from '../../exporters/onnx/model.js';
import type {PastRun} from '../../history/past-run.js';
import {type Command, text, UsageError} from '../command.js';
import {openResults, orRunAgain, outputsOf, pastRun, pastRunOptions} from '../edge.js';

export const command: Command = {
  name: 'onnx',
  summary: 'Writes a network or trees that a finished run trained as an ONNX file, which Python, C++, browsers and phones run.',
  usage: 'onnx RUN [STAGE.OUTPUT] [options]',
  options: {
    out: {type: 'string', value: 'FILE', description: 'where to (default: <stage>.onnx)'},
    ...pastRunOptions,
  },
  examples: ['pipeline onnx latest', 'pipeline onnx latest mlp.model --out mlp.onnx'],
  run: async (invocation) => {
    const [reference, edge, more] = invocation.positionals;
    if (reference === undefined || more !== undefined)
      throw new UsageError('Expected one run, and perhaps the name of a network', 'Such as: pipeline onnx latest mlp.model');
    const run = await pastRun(invocation, reference);
    const {stage, output} = networkOf(run, edge);
    const {architecture, weights} = await orRunAgain((await openResults(invocation)).model(output));
    const path = text(invocation, 'out') ?? `${stage}.onnx`;
    const {bytes, input} = toOnnx(architecture, weights);
    await writeFile(path, bytes).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`Expected \`${path}\` to be a place to write to, got ${error.code}`);
    });
    process.stdout.write(`wrote ${path}: \`input\` float32 [batch, ${input.join(', ')}] → \`output\`\n`);
    return 0;
  },
};

/** The network of a run that is named as `stage.output`, or by its stage; its only one when none is named. */
function networkOf(run: PastRun, wanted: string | undefined): {readonly stage: string; readonly output: StageOutput} {
  const all = outputsOf(run, ({kind}) => kind === 'model')
    .map(({stage, port, output}) => ({stage, name: `${stage}.${port}`, output}))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const found = all.filter(({stage, name}) => wanted === undefined || name === wanted || stage === wanted);
  const [first, second] = found;
  if (first && !second) return first;
  const names = (second ? found : all).map(({name}) => `\`${name}\``).join(', ');
  if (second) throw new UsageError('Expected the name of one network, since the run has several', `Such as ${names}.`);
  throw new UsageError(
    `Expected ${wanted === undefined ? 'a run that trained a network' : `a network of the run, got \`${wanted}\``}`,
    names ? `There are ${names}.` : `The run \`${run.id}\` has none.`,
  );
}
