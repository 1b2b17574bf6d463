// The part of WebAssembly's interface that is used: its types come with those of browsers, which this project is not compiled with.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  }
  class Memory {
    readonly buffer: SharedArrayBuffer;
    constructor(limits: {readonly initial: number; readonly maximum: number; readonly shared: true});
    grow(pages: number): number;
  }
}
