// Sockets that a launcher opened and hands down: systemd's protocol of LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES
// (sd_listen_fds(3)). The name of a descriptor says which interface its unit bound it to.

const FIRST_DESCRIPTOR = 3;

/** Descriptors by name, of this very process. */
export const inheritedSockets = (
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): ReadonlyMap<string, number> => {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  if (Number(LISTEN_PID) !== pid) return new Map();
  const names = (LISTEN_FDNAMES ?? '').split(':');
  const count = Number(LISTEN_FDS);
  return new Map(
    names.slice(0, Number.isInteger(count) ? count : 0).map((name, index) => [name, FIRST_DESCRIPTOR + index]),
  );
};
