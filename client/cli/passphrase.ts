import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import {
  carriedFromEnvironment,
  languageFromEnvironment,
  passphraseFromEnvironment,
  slotFromEnvironment,
} from './environment.js';
import { CliError } from './failure.js';

const PROMPTS = {
  keystore: { en: 'Passphrase: ', de: 'Passphrase: ' },
  new: { en: 'New passphrase (at least 12 characters): ', de: 'Neue Passphrase (mindestens 12 Zeichen): ' },
  again: { en: 'Once more: ', de: 'Noch einmal: ' },
  slot: { en: 'Several passphrases open this keystore. Which one: ', de: 'Mehrere Passphrasen öffnen ihn. Welche: ' },
  pair: {
    en: '24 words or link of the other device: ',
    de: '24 Wörter oder Link des anderen Geräts: ',
  },
  recover: { en: '24 words or link of the recovery kit: ', de: '24 Wörter oder Link des Notfallblatts: ' },
} as const;

const MIN_CHARACTERS = 12;

/** From BILDBOTE_PASSPHRASE, or typed unseen. @throws CliError `passphrase-missing` */
export async function askPassphrase(kind: 'keystore'): Promise<string> {
  return passphraseFromEnvironment() ?? (await promptHidden(PROMPTS[kind][languageFromEnvironment()]));
}

/** For a new keystore: long enough, and typed twice. @throws CliError `passphrase-missing`, `passphrase-short`, `passphrase-differs` */
export async function askNewPassphrase(given: string | undefined = passphraseFromEnvironment()): Promise<string> {
  const language = languageFromEnvironment();
  const passphrase = given ?? (await promptHidden(PROMPTS.new[language]));
  if ([...passphrase].length < MIN_CHARACTERS) throw new CliError('passphrase-short');
  if (given === undefined && (await promptHidden(PROMPTS.again[language])) !== passphrase) {
    throw new CliError('passphrase-differs');
  }
  return passphrase;
}

/** The slot that is meant where several passphrases would do: from BILDBOTE_KEYSTORE_SLOT, or asked for. */
export async function askSlot(slotIds: readonly string[]): Promise<string> {
  const question = `${PROMPTS.slot[languageFromEnvironment()]}(${slotIds.map((id) => id.slice(0, 8)).join(', ')}) `;
  const text = slotFromEnvironment() ?? (process.stdin.isTTY ? await promptShown(question) : '');
  const found = slotIds.filter((id) => text.length >= 4 && id.startsWith(text.trim()));
  const [slotId] = found;
  if (slotId === undefined || found.length > 1) throw new CliError('slot-unknown');
  return slotId;
}

const MAX_CARRIED = 1024;

/**
 * Words or link: from the environment, from standard input, or typed where they can be seen: 24 words are not typed blindly.
 * @throws CliError `secret-missing`
 */
export async function askCarried(purpose: 'pair' | 'recover'): Promise<string> {
  const given = carriedFromEnvironment(purpose);
  if (given !== undefined) return given;
  const text = process.stdin.isTTY ? await promptShown(PROMPTS[purpose][languageFromEnvironment()]) : await readInput();
  if (text.trim() === '') throw new CliError('secret-missing');
  return text;
}

/** @returns whether a person has said yes */
export async function askYes(question: string): Promise<boolean> {
  const answer = (await promptShown(`${question} `)).trim().toLowerCase();
  return ['y', 'yes', 'j', 'ja'].includes(answer);
}

async function readInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MAX_CARRIED) throw new CliError('secret-missing');
  }
  return text;
}

async function promptShown(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
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
