/** Path of a Python that has what a requirements file names; `home` is where its environment is made (default: in the user's cache). */
export function pythonWith(requirements: string, name: string, home?: string): string;
