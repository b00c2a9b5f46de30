import { type Language } from './texts.js';

/** The one place of the command line that reads the environment. */

export function passphraseFromEnvironment(): string | undefined {
  return process.env['BILDBOTE_PASSPHRASE'];
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
