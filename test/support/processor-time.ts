// How long work took, on a machine that may be busy with other things: what counts is the time of this process alone, so a
// test that runs beside many others measures the same.

/** Starts to count; what it returns says how many milliseconds of processor time have gone since. */
export const processorTime = (): (() => number) => {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
};
