// The processor time of this process, so that a test measures the same on a busy machine.

/** Starts to count; what it returns says how many milliseconds of processor time have gone since. */
export const processorTime = (): (() => number) => {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
};
