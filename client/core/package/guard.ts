import { WireError } from '../../../crypto/wire/error.js';
import { CoreError, type CoreErrorCode } from '../error.js';

/** Runs a parser; what the wire refuses becomes this zone's error under `code`, with the cause kept. */
export function guarded<T>(code: CoreErrorCode, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof WireError) throw new CoreError(code, cause.message, { cause });
    throw cause;
  }
}
