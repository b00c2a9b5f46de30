import { WireError } from './error.js';

/** docs/spec/envelope.md §1.4: the one suite that is enabled. */
export const SUITE = 0x0001;
export type Suite = typeof SUITE;

/** @throws WireError `suite`: older, reserved and unknown suites alike (attack A33) */
export function assertSuite(value: number): Suite {
  if (value !== SUITE) throw new WireError('suite', 'the suite is not accepted');
  return value;
}
