// A plugin that does not compile.
export const node = {;
