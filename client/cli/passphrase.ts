import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { languageFromEnvironment, passphraseFromEnvironment } from './environment.js';
import { CliError } from './failure.js';

const PROMPTS = {
  keystore: { en: 'Passphrase: ', de: 'Passphrase: ' },
  new: { en: 'New passphrase (at least 12 characters): ', de: 'Neue Passphrase (mindestens 12 Zeichen): ' },
  again: { en: 'Once more: ', de: 'Noch einmal: ' },
} as const;

const MIN_CHARACTERS = 12;

/** From BILDBOTE_PASSPHRASE, or typed unseen. @throws CliError `passphrase-missing` */
export async function askPassphrase(kind: 'keystore'): Promise<string> {
  return passphraseFromEnvironment() ?? (await promptHidden(PROMPTS[kind][languageFromEnvironment()]));
}

/** For a new keystore: long enough, and typed twice. @throws CliError `passphrase-missing`, `passphrase-short`, `passphrase-differs` */
export async function askNewPassphrase(): Promise<string> {
  const given = passphraseFromEnvironment();
  const language = languageFromEnvironment();
  const passphrase = given ?? (await promptHidden(PROMPTS.new[language]));
  if ([...passphrase].length < MIN_CHARACTERS) throw new CliError('passphrase-short');
  if (given === undefined && (await promptHidden(PROMPTS.again[language])) !== passphrase) {
    throw new CliError('passphrase-differs');
  }
  return passphrase;
}

async function promptHidden(question: string): Promise<string> {
  if (!process.stdin.isTTY) throw new CliError('passphrase-missing');
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
