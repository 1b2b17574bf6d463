/** Calls `stop` at Ctrl-C and SIGTERM, instead of ending the process, until the function that it gives is called. */
export function onInterrupt(stop: (signal: NodeJS.Signals) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
