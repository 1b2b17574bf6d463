import {existsSync} from 'node:fs';
import {delimiter, join} from 'node:path';

/** Packages that bring a tool, by package manager. */
const packages = {
  'apt-get': {python: 'sudo apt-get install -y python3 python3-pip', compiler: 'sudo apt-get install -y g++'},
  dnf: {python: 'sudo dnf install -y python3 python3-pip', compiler: 'sudo dnf install -y gcc-c++'},
  brew: {python: 'brew install python', compiler: 'xcode-select --install'},
} as const;

const isOnPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** What to do about a tool that is missing or failed. */
export function missingTool(tool: string, errors: string): string {
  if (tool === 'python3' && errors !== '' && !/No module named pip/.test(errors)) return networkAdvice(errors);
  const what = tool === 'python3' ? 'python' : 'compiler';
  const manager = (Object.keys(packages) as (keyof typeof packages)[]).find(isOnPath);
  if (manager) return `Run: ${packages[manager][what]}`;
  return `Install ${what === 'python' ? 'Python 3 with pip' : 'a C++ compiler'} (${Object.values(packages)
    .map((each) => each[what])
    .join(', or ')}).`;
}

function networkAdvice(errors: string): string {
  if (/DO NOT MATCH THE HASHES/.test(errors))
    return 'The package index gave another file than the pinned one: check the index that pip is set to use.';
  if (/No space left/.test(errors)) return 'Free some disk space, or set XDG_CACHE_HOME to a folder with 2 GB.';
  return 'Check that pip reaches its package index (`python3 -m pip download six`), then run `pipeline setup` again.';
}
