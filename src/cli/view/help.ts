import type {Command} from '../command.js';
import {style} from './style.js';

const column = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${style.cyan(left.padEnd(width))}  ${right}\n`).join('');
};

const heading = (text: string): string => `\n${style.bold(text)}\n`;

export function generalHelp(verbs: readonly (readonly [string, string])[]): string {
  return [
    'tfpipe: declarative machine-learning pipelines for TensorFlow.js\n',
    heading('Usage'),
    '  pipeline COMMAND [options]      pipeline COMMAND --help\n',
    heading('Commands'),
    column(verbs),
    heading('Examples'),
    '  pipeline run pipelines/aae-supervised.yaml --set epochs=5\n',
    '  pipeline plan pipelines/aae-supervised.yaml --set latent=4\n',
    '  pipeline nodes train/adversarial-autoencoder\n',
    heading('Exit codes'),
    '  0 done · 1 a stage failed · 2 the recipe or command line is wrong · 3 a check failed · 130 interrupted\n',
  ].join('');
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]): readonly [string, string] => {
    const short = option.short ? `-${option.short}, ` : '';
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    return [`${short}--${name}${value}`, option.description];
  });
  return [
    `${command.summary}\n`,
    heading('Usage'),
    `  pipeline ${command.usage}\n`,
    heading('Options'),
    column([...options, ['-h, --help', 'show this']]),
    heading('Examples'),
    command.examples.map((example) => `  ${example}\n`).join(''),
  ].join('');
}
