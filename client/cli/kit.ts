import { open } from 'node:fs/promises';
import { CliError } from './failure.js';
import { type Language } from './texts.js';
import { qrAsSvg } from './qr.js';

/** The recovery kit as a page to print: what it opens, the words, the same as a QR code, and what to do with it. */
export interface Kit {
  readonly address: string;
  readonly relay: string;
  readonly mailboxId: string;
  readonly words: readonly string[];
  readonly link: string;
  readonly madeAt: Date;
}

/** For nobody but this user, durable, and never over another file. @throws CliError `kit-exists` */
export async function writeKit(path: string, kit: Kit, language: Language): Promise<void> {
  const file = await openKit(path);
  try {
    await file.writeFile(kitPage(kit, language));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openKit(path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    throw new CliError('kit-exists', null, { cause });
  }
}

/** Nothing is loaded from anywhere: the page prints on a machine without a network. */
export function kitPage(kit: Kit, language: Language): string {
  const text = TEXTS[language];
  const words = kit.words.map((word) => `<li>${escape(word)}</li>`).join('');
  const facts: readonly (readonly [string, string])[] = [
    [text.mailbox, kit.address],
    [text.relay, kit.relay],
    [text.id, kit.mailboxId],
    [text.made, kit.madeAt.toISOString().slice(0, 10)],
  ];
  const rows = facts.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('');
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(text.title)} ${escape(kit.address)}</title>
<style>
  body { font: 12pt/1.4 sans-serif; max-width: 44em; margin: 2em auto; color: #000; background: #fff }
  ol { columns: 4; font-family: monospace; padding-left: 2.5em }
  dt { font-weight: bold } dd { margin: 0 0 .4em; overflow-wrap: anywhere }
  svg { width: 6cm; height: 6cm; float: right }
</style>
<h1>${escape(text.title)}</h1>
${qrAsSvg(kit.link)}
<dl>${rows}</dl>
<ol>${words}</ol>
${text.advice.map((line) => `<p>${escape(line)}</p>`).join('\n')}
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const TEXTS = {
  en: {
    title: 'Recovery kit',
    mailbox: 'Mailbox',
    relay: 'Relay',
    id: 'Mailbox id',
    made: 'Made on',
    advice: [
      'Whoever has this page can take over the mailbox: print it, put it into a sealed envelope and into the safe, and delete the file.',
      'It is for the day on which no device is left. Run: bildbote recover --relay RELAY --mailbox MAILBOX --keystore FOLDER --device NAME --member NAME',
      'The last four words say whose word for the directory counts: without them everything counts as unverified afterwards.',
      'It works once. A recovery revokes every device and prints a new kit.',
    ],
  },
  de: {
    title: 'Notfallblatt',
    mailbox: 'Postfach',
    relay: 'Relay',
    id: 'Kennung des Postfachs',
    made: 'Erstellt am',
    advice: [
      'Wer dieses Blatt hat, kann das Postfach übernehmen: drucken, in einen verschlossenen Umschlag und in den Tresor legen, die Datei löschen.',
      'Es ist für den Tag, an dem kein Gerät mehr da ist. Befehl: bildbote recover --relay RELAY --mailbox POSTFACH --keystore ORDNER --device NAME --member NAME',
      'Die letzten vier Wörter sagen, wessen Wort über das Verzeichnis gilt: ohne sie gilt danach alles als ungeprüft.',
      'Es gilt einmal. Eine Wiederherstellung sperrt alle Geräte und gibt ein neues Notfallblatt aus.',
    ],
  },
} as const;
