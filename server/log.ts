import { type DestinationStream, type Logger, destination, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug';

const STANDARD_ERROR = 2;

/**
 * JSON lines on standard error; standard output belongs to the command line's results. What is logged are route patterns,
 * codes, counts and times: never ids of tokens, bodies, addresses, or URLs as they were asked for (attack A32).
 */
export function createLog(level: LogLevel, stream?: DestinationStream): Log {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  return pino(options, stream ?? standardError());
}

export function standardError(): DestinationStream {
  return destination({ fd: STANDARD_ERROR, sync: true });
}

/** What may be logged of an error: its name, code and stack, not its message, which may quote a value from the database. */
export function loggable(error: unknown): { readonly error: string; readonly code?: string; readonly at?: string } {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  const at = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' < ');
  return {
    error: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(at === undefined ? {} : { at }),
  };
}
