import { CoreError } from '../core/error.js';
import { GatewayError } from '../gateway/error.js';
import { NodeError } from '../node/error.js';
import { RelayError } from '../../server/error.js';
import { type Language, describeDetail, textOf } from './texts.js';
import { UsageError } from './usage-error.js';

/** What went wrong, for the user and for scripts. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** A failure that only the command line has, by its code in the catalogue. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  /** What it is about, for instance an address or a message; appended to the text. */
  readonly subject: string | null;

  constructor(code: string, subject: string | null = null, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.subject = subject;
  }
}

/** Never a stack, never a developer's message: one sentence by the error's code. */
export function describeFailure(error: unknown, language: Language): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exitCode: 2 };
  const code = codeOf(error);
  const text = textOf(code, language) ?? textOf('internal-error', language) ?? '';
  const subject = error instanceof CliError && error.subject !== null ? `${error.subject}: ` : '';
  // The relay's own errors are one line for its operator, and name the setting.
  const isOperators =
    error instanceof RelayError || (error instanceof GatewayError && error.code === 'gateway-config-invalid');
  const detail = isOperators ? ` (${error.message})` : detailText(error, language);
  return {
    code: textOf(code, language) === null ? 'internal-error' : code,
    message: `${subject}${text}${detail}`,
    exitCode: 1,
  };
}

function codeOf(error: unknown): string {
  if (error instanceof CliError || error instanceof CoreError || error instanceof NodeError) return error.code;
  if (error instanceof RelayError || error instanceof GatewayError) return error.code;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return 'internal-error';
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return 'disk-full';
  if (error.code === 'EACCES' || error.code === 'ENOENT' || error.code === 'EPERM') return 'path-unreadable';
  return error.code;
}

function detailText(error: unknown, language: Language): string {
  const cause = error instanceof CliError ? error.cause : error;
  return cause instanceof CoreError && cause.detail !== null ? ` ${describeDetail(cause.detail, language)}` : '';
}
