export const compiledKernels: string;
export function compileKernels(): Promise<string>;
