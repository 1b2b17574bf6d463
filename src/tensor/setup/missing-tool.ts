import {existsSync} from 'node:fs';
import {delimiter, join} from 'node:path';

type Need = 'python' | 'compiler';

/** Commands that bring a tool, by package manager. */
const commands = {
  'apt-get': {python: 'apt-get install -y python3 python3-pip', compiler: 'apt-get install -y g++'},
  dnf: {python: 'dnf install -y python3 python3-pip', compiler: 'dnf install -y gcc-c++'},
  brew: {python: 'brew install python', compiler: 'xcode-select --install'},
} as const satisfies Record<string, Record<Need, string>>;
type Manager = keyof typeof commands;

const names: Readonly<Record<Need, string>> = {python: 'Python 3 with pip', compiler: 'a C++ compiler'};

const isOnPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool)));

/** The command as this user would type it. */
const command = (manager: Manager, need: Need): string =>
  `${manager === 'brew' || process.getuid?.() === 0 ? '' : 'sudo '}${commands[manager][need]}`;

/** Command of the machine's package manager that installs missing tools. */
export function missingTools(needs: readonly Need[]): string {
  const managers = Object.keys(commands) as Manager[];
  const manager = managers.find(isOnPath);
  if (manager) return `Run: ${needs.map((need) => command(manager, need)).join(' && ')}`;
  const ways = (need: Need): string => managers.map((each) => command(each, need)).join(', or ');
  return needs.map((need) => `Install ${names[need]} (${ways(need)}).`).join(' ');
}

/** The remedy for a tool that is missing (`errors` is empty) or failed. */
export function missingTool(tool: string, errors: string): string {
  const need = /^python/.test(tool) ? 'python' : 'compiler';
  if (errors === '' || /No module named pip|xcode-select|invalid active developer path/.test(errors)) return missingTools([need]);
  if (/No space left/.test(errors)) return 'Free some disk space, or set XDG_CACHE_HOME to a folder on a disk that has some.';
  if (need === 'compiler')
    return 'It takes a compiler for C++17, such as GCC 8 or Clang 7: set CXX to one, then run `pipeline setup` again.';
  if (/DO NOT MATCH THE HASHES/.test(errors))
    return 'The package index gave another file than the pinned one: check the index that pip is set to use.';
  return 'Check that pip reaches its package index (`python3 -m pip download six`), then run `pipeline setup` again.';
}
