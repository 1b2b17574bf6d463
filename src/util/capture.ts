import {spawn} from 'node:child_process';

/** Exit code and all output of a tool; 127 and nothing when there is no such tool. */
export async function capture(
  tool: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{readonly code: number; readonly output: string}> {
  const child = spawn(tool, args, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...environment}});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return await new Promise((resolve) => {
    child.once('error', () => resolve({code: 127, output: ''}));
    child.once('close', (code) => resolve({code: code ?? 1, output}));
  });
}
