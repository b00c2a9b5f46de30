/** A command that was called wrongly: exit code 2. `key` names a text of the catalogue. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
