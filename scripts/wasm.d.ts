export function compileKernels(): Promise<Map<string, string>>;
export function staleKernels(): Promise<[path: string, text: string][]>;
