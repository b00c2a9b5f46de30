import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { firstMissing, freePort, runScript, startServer } from '../ground/programs.js';
import { type Ground, type OpenWay, type Way } from '../ground/way.js';

/** One mail with everything in it, by SMTP and POP3: how KIM carries what is below its limit, and how DICOM e-mail does (DRG). */

interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly programs: readonly string[];
  readonly prepare: string;
  /** Reads the archive, writes the mail. */
  readonly seal: string;
  readonly open: string;
}

const RECIPES: readonly Recipe[] = [
  {
    ...{ name: 'kim-mail', title: 'the KIM way in one mail: S/MIME, SMTP, POP3, limits raised', programs: [] },
    prepare: `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a -keyout "$FOLDER/a.key" -out "$FOLDER/a.pem"
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=b -keyout "$FOLDER/b.key" -out "$FOLDER/b.pem"`,
    seal: `openssl cms -sign -binary -nodetach -stream -outform DER -signer "$FOLDER/a.pem" -inkey "$FOLDER/a.key" |
      openssl cms -encrypt -binary -stream -outform SMIME -aes-256-gcm "$FOLDER/b.pem"`,
    open: `openssl cms -decrypt -binary -inform SMIME -inkey "$FOLDER/b.key" -recip "$FOLDER/b.pem" |
      openssl cms -verify -binary -inform DER -CAfile "$FOLDER/a.pem" -purpose any`,
  },
  {
    ...{ name: 'dicom-mail', title: 'the DICOM e-mail way: OpenPGP, SMTP, POP3', programs: ['gpg'] },
    prepare: `mkdir -m 700 -p "$GNUPGHOME"
      for who in a b; do gpg -q --batch --passphrase '' --quick-generate-key $who@bench.example default default 2d; done`,
    seal: `{ printf 'Subject: study\\r\\n\\r\\n'
      gpg -q --batch --trust-model always -u a@bench.example -r b@bench.example --sign --encrypt --armor; }`,
    open: `sed -e '1,/^\\r*$/d' | gpg -q --batch --trust-model always -d`,
  },
];

export const MAIL_WAYS: readonly Way[] = RECIPES.map((recipe) => ({
  name: recipe.name,
  title: recipe.title,
  isSealed: true,
  keepsBytes: true,
  missing: () => firstMissing(['curl', 'openssl', 'tar', 'sed', ...recipe.programs]),
  open: (ground) => openMailWay(ground, recipe),
}));

async function openMailWay({ folder, line }: Ground, recipe: Recipe): Promise<OpenWay> {
  const [smtp, pop3] = [await freePort(), await freePort()];
  const server = await startServer(
    process.execPath,
    [join(import.meta.dirname, 'mail-server.js'), folder, `${smtp}`, `${pop3}`],
    pop3,
  );
  const values = {
    ...{ FOLDER: folder, HOME: folder, GNUPGHOME: join(folder, 'gpg') },
    ...{ SMTP: `smtp://127.0.0.1:${await line(smtp)}`, POP3: `pop3://127.0.0.1:${await line(pop3)}/1` },
  };
  await runScript(recipe.prepare, values);
  return {
    servers: [server.pid],
    async go({ study, out }) {
      await mkdir(out, { recursive: true });
      const trip = { ...values, STUDY: study, OUT: out };
      const send = `curl -sSf --crlf "$SMTP" --mail-from a@bench.example --mail-rcpt b@bench.example -T -`;
      await runScript(`tar -C "$STUDY" -cf - . | ${recipe.seal} | ${send}`, trip);
      await runScript(`curl -sSf -u b:b "$POP3" | ${recipe.open} | tar -C "$OUT" -xf -`, trip);
      return { wireBytes: null, firstAtMs: null };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
