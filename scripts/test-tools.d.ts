/** Why a test that needs these tools (`chromium`, `tmux`, `zsh`, `fish`) is left out here, or `false`. */
export function lacks(...wanted: readonly string[]): string | false;
/** Finds the tools, and sets `CHROMIUM`; with `CI` set, installs with apt what is missing, and throws when that leaves something missing. */
export function prepareTools(): void;
/** One line about the tests that were left out for want of a tool, by the reasons why tests were skipped, or undefined. */
export function leftOut(reasons: readonly string[]): string | undefined;
