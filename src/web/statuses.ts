/** The statuses of Cisco's RIS, as `src/devices/registration.ts` has them; `test/web/rules-of-the-daemon.test.ts` compares the two. */
export const STATUSES = ['Registered', 'UnRegistered', 'PartiallyRegistered', 'Rejected', 'Unknown'] as const;
