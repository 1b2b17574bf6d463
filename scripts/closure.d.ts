export function closures(): Promise<Map<string, string[]>>;
export function formatClosures(found: ReadonlyMap<string, readonly string[]>): string;
export function parseClosures(text: string): Map<string, string[]>;
