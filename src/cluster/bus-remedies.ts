// What an operator does about a bus that cannot be used.

/** By a text in the library's reason, the first that fits. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/jetstream.*not.*(enabled|supported)/i, 'start the NATS server with JetStream (nats-server -js)'],
  [
    /authorization|authentication|credential/i,
    'correct cluster.credentials, cluster.user and password, or cluster.token',
  ],
  [/permissions? violation/i, 'give this user the subjects $JS.API.>, $KV.>, labcm.> and _INBOX.>'],
  [
    /insufficient resources|no suitable peers/i,
    'start as many NATS servers as cluster.replicas says, or give them more room',
  ],
  [/certificate|tls|ssl|self.signed/i, 'correct cluster.tls'],
  [/ENOTFOUND|EAI_AGAIN/i, 'correct the host name in cluster.bus'],
  [
    /refused|timeout|no answer|no NATS server|was closed|EHOSTUNREACH|ENETUNREACH/i,
    'start the NATS server there, or correct cluster.bus',
  ],
];

/** A server that refuses a certificate may be gone before its alert was read. */
const ENCRYPTED_REMEDY = [/ECONNRESET|EPIPE/, 'if the server wants another certificate, correct cluster.tls'] as const;

/** The reason with a remedy, where there is one. `isEncrypted`: TLS is spoken with the server. */
export const busRemedy = (reason: string, isEncrypted = false): string => {
  const found = [...REMEDIES, ...(isEncrypted ? [ENCRYPTED_REMEDY] : [])].find(([pattern]) => pattern.test(reason));
  return found === undefined ? reason : `${reason}; ${found[1]}`;
};
