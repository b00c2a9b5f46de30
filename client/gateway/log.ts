import { type DestinationStream, type Logger, destination, pino } from 'pino';

export type Log = Logger;
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_ERROR = 2;

/**
 * JSON lines on standard error. What is logged are job and association ids of our own, AE titles of the configuration, codes, counts and times: never
 * a patient, a UID, a file name, a subject, an address, or a value from a data set (docs/style.md).
 */
export function createLog(level: LogLevel, stream?: DestinationStream): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  return pino(options, stream ?? destination({ fd: STANDARD_ERROR, sync: true }));
}

/** What may be logged of an error: name and code, not its message, which may quote what came from outside. */
export function loggable(error: unknown): { readonly error: string; readonly code?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return { error: error.name, ...(typeof code === 'string' ? { code } : {}) };
}
