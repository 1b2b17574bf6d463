import type {Finding} from '../../core/finding.js';
import {findings} from '../../session/findings.js';
import {type Command, flag} from '../command.js';
import {projectOf, recipeOptions} from '../project.js';
import {style} from '../view/style.js';

export const command: Command = {
  name: 'doctor',
  summary: 'Says what is found on this machine: Node, TensorFlow, data, MLflow, disk; and what would mend it.',
  usage: 'doctor [options]',
  options: {
    json: {type: 'boolean', description: 'print the findings as JSON'},
    cpu: recipeOptions.cpu,
    store: {type: 'string', value: 'FOLDER', description: 'where results are kept'},
  },
  examples: ['pipeline doctor'],
  run: async (invocation) => {
    const found = await findings(projectOf(invocation));
    process.stdout.write(flag(invocation, 'json') ? `${JSON.stringify(found, null, 2)}\n` : found.map(describe).join(''));
    return found.some((finding) => finding.state === 'missing') ? 1 : 0;
  },
};

function describe({what, state, found, remedy}: Finding): string {
  const mark = {good: style.green('✓'), absent: style.yellow('!'), missing: style.red('✗')}[state];
  return `${mark} ${what.padEnd(11)} ${found}\n${remedy ? `              ${style.dim(remedy)}\n` : ''}`;
}
