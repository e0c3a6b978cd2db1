const FIRST_DESCRIPTOR = 3;

/**
 * The sockets that a launcher opened for this process, by name: systemd's protocol of LISTEN_PID, LISTEN_FDS and
 * LISTEN_FDNAMES (sd_listen_fds(3)). The name says to which interface its unit bound it.
 */
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
