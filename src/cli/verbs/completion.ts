import {fileURLToPath} from 'node:url';
import {type Command, UsageError} from '../command.js';
import {scripts} from '../completion/scripts.js';

const shells = Object.keys(scripts) as (keyof typeof scripts)[];

export const command: Command = {
  name: 'completion',
  summary: 'Prints a script that completes verbs, options, recipes, stages, params, node types and runs in a shell.',
  usage: 'completion SHELL          SHELL is bash, zsh or fish',
  options: {},
  examples: [
    'pipeline completion bash > ~/.local/share/bash-completion/completions/pipeline',
    'pipeline completion zsh > ~/.zfunc/_pipeline',
    'pipeline completion fish > ~/.config/fish/completions/pipeline.fish',
  ],
  run: async ({positionals: [shell, second]}) => {
    const known = shells.find((name) => name === shell);
    if (known === undefined || second !== undefined)
      throw new UsageError(
        `Expected one of ${shells.join(', ')}, got ${shell === undefined ? 'none' : `\`${second ?? shell}\``}`,
      );
    const launcher = fileURLToPath(new URL('../../../bin/pipeline.js', import.meta.url));
    process.stdout.write(scripts[known](`node '${launcher.replaceAll("'", "'\\''")}' __complete`));
    return 0;
  },
};
