/** The codes of the relay's problems, docs/spec/relay-api.md §1. */
export const RELAY_PROBLEMS = [
  'request-invalid',
  'session-required',
  'challenge-refused',
  'forbidden',
  'suspended',
  'closing',
  'contact-denied',
  'not-found',
  'invitation-unknown',
  'conflict',
  'message-id-taken',
  'address-taken',
  'key-registered',
  'name-confusable',
  'consent-missing',
  'statement-out-of-turn',
  'part-covered',
  'part-overlaps',
  'segments-missing',
  'tally-out-of-turn',
  'invitation-expired',
  'invitation-used',
  'gone',
  'too-large',
  'digest-mismatch',
  'statement-invalid',
  'recipient-unknown',
  'envelope-invalid',
  'payload-invalid',
  'quota-exceeded',
  'rate-limited',
  'storage-full',
  'internal',
  'unavailable',
] as const;

export type RelayProblem = (typeof RELAY_PROBLEMS)[number];

export function isRelayProblem(code: unknown): code is RelayProblem {
  return RELAY_PROBLEMS.some((problem) => problem === code);
}
