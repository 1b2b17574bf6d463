/** Path of a Chromium that starts (`CHROMIUM`, npm's, one on the PATH), or undefined. */
export function chromium(): string | undefined;
