import { type Language } from './texts.js';

/** The one place of the command line that reads the environment. */

export function passphraseFromEnvironment(): string | undefined {
  return process.env['BILDBOTE_PASSPHRASE'];
}

/** For a change of the passphrase: the one to come. */
export function newPassphraseFromEnvironment(): string | undefined {
  return process.env['BILDBOTE_NEW_PASSPHRASE'];
}

/** Which of several passphrase slots is meant: its id or the beginning of it. */
export function slotFromEnvironment(): string | undefined {
  return process.env['BILDBOTE_KEYSTORE_SLOT'];
}

/** What a person carries from one device to another, or from the kit: never an argument, which other users can see. */
export function carriedFromEnvironment(purpose: 'pair' | 'recover'): string | undefined {
  return process.env[purpose === 'pair' ? 'BILDBOTE_PAIRING' : 'BILDBOTE_RECOVERY'];
}

/** German for a German locale, else English (POSIX order of precedence). */
export function languageFromEnvironment(): Language {
  const locale = process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || '';
  return locale.toLowerCase().startsWith('de') ? 'de' : 'en';
}

/** For a command that this one starts: everything, with the passphrase it is to use. */
export function childEnvironment(passphrase: string): NodeJS.ProcessEnv {
  return { ...process.env, BILDBOTE_PASSPHRASE: passphrase };
}

/** Where programs are looked for. */
export function searchPath(): string {
  return process.env['PATH'] ?? '';
}

/** For processes of a benchmark: a relay at `origin` without limits, and who vouches for its certificate. */
export function benchEnvironment(bench: {
  readonly origin: string;
  readonly passphrase: string;
  readonly authority: string | undefined;
}): NodeJS.ProcessEnv {
  const trust = bench.authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: bench.authority };
  const relay = { BILDBOTE_ORIGIN: bench.origin, BILDBOTE_RATE_LIMIT: 'off', BILDBOTE_LOG_LEVEL: 'error' };
  return { ...childEnvironment(bench.passphrase), ...relay, ...trust };
}
