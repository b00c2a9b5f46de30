import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/**
 * Notes, checkpoints and cosignatures as C2SP writes them, signed by Node's own Ed25519. Two are not ours: the example of the
 * Go project's note package, and a checkpoint of a public log with the cosignatures of three public witnesses.
 */
export interface NoteVector extends Vector {
  /** The log's verifier key and those of the witnesses asked for. */
  readonly log: string;
  readonly witnesses: readonly string[];
  readonly note: string;
  /** Of a valid one: names of the witnesses whose cosignatures count. */
  readonly cosigned?: readonly string[];
  /** `note`: any text. `checkpoint`: must be one, of this log. */
  readonly form: 'note' | 'checkpoint';
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface SecondSigner {
  readonly name: string;
  readonly vkey: string;
  /** A signature line for a text; a witness's at a time. */
  line(text: string, timeSeconds?: number): string;
}

export function secondSigner(kind: 'log' | 'witness', name: string, seedByte: number): SecondSigner {
  const der = Buffer.concat([PKCS8_ED25519, Buffer.alloc(32, seedByte)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Buffer.from([kind === 'log' ? 1 : 4]), publicKey]);
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4);
  return {
    name,
    vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    line(text, timeSeconds = TIME) {
      const signature = kind === 'log' ? sign(null, Buffer.from(text), key) : cosign(text, timeSeconds);
      return `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
    },
  };
  function cosign(text: string, timeSeconds: number): Buffer {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(timeSeconds));
    return Buffer.concat([time, sign(null, Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`), key)]);
  }
}

const TIME = 1_790_000_000;
const LOG = secondSigner('log', 'relay.example/log', 1);
const OTHER_LOG = secondSigner('log', 'relay.example/other', 2);
const SAME_NAME = secondSigner('log', 'relay.example/log', 3);
const W1 = secondSigner('witness', 'witness.example/w1', 11);
const W2 = secondSigner('witness', 'witness.example/w2', 12);
const STRANGER = secondSigner('witness', 'witness.example/stranger', 13);

const ROOT = createHash('sha256').update('root').digest('base64');
const TEXT = `relay.example/log\n42\n${ROOT}\n`;

const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETERS_LINE =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const ARCHE = 'arche2025h1.staging.ct.transparency.dev';
const PUBLIC_LOG = `${ARCHE}+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f`;
const PUBLIC_WITNESSES = [
  'transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM',
  'witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO',
  'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
  'witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv',
];
const PUBLIC_NOTE = `${ARCHE}
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u2014 ${ARCHE} zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
\u2014 ${ARCHE} ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u2014 transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
\u2014 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
\u2014 witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`;

type Case = readonly [description: string, expect: string, note: string, more?: Partial<NoteVector>];

/** `line` with one bit of its signature flipped. */
function flipped(line: string): string {
  const at = line.lastIndexOf(' ') + 1;
  const bytes = Buffer.from(line.slice(at), 'base64');
  bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1;
  return `${line.slice(0, at)}${bytes.toString('base64')}\n`;
}

/** The same signature under another key id, or another name. */
function relabelled(line: string, name: string, from: SecondSigner = LOG): string {
  return line.replace(` ${from.name} `, ` ${name} `);
}

const signed = (text: string, ...lines: string[]): string => `${text}\n${lines.join('')}`;
const checkpointOf = (text: string, ...more: string[]): string => signed(text, LOG.line(text), ...more);
const withId = (line: string, id: string): string => {
  const at = line.lastIndexOf(' ') + 1;
  const bytes = Buffer.from(line.slice(at), 'base64');
  bytes.set(Buffer.from(id, 'hex'));
  return `${line.slice(0, at)}${bytes.toString('base64')}\n`;
};

const UPPER = TEXT.replace('relay.example/log', 'Relay.example/log');

const CASES: Readonly<Record<string, Case>> = {
  valid: [
    'A checkpoint with the cosignatures of two witnesses and of one that nobody asked for',
    'valid',
    checkpointOf(TEXT, W2.line(TEXT), STRANGER.line(TEXT), W1.line(TEXT)),
    { cosigned: [W2.name, W1.name] },
  ],
  'valid-go': [
    'The example of the Go project: a note that is no checkpoint',
    'valid',
    signed(PETERS_TEXT, PETERS_LINE),
    { log: PETER, witnesses: [], form: 'note', cosigned: [] },
  ],
  'valid-public-log': [
    'A checkpoint of a public log; one of its own signatures is of a type that is passed over',
    'valid',
    PUBLIC_NOTE,
    { log: PUBLIC_LOG, witnesses: PUBLIC_WITNESSES, cosigned: PUBLIC_WITNESSES.map((key) => key.split('+')[0] ?? '') },
  ],
  'public-log-altered': [
    'The same with another size',
    'note-signature',
    PUBLIC_NOTE.replace('1432088532', '1432088533'),
    { log: PUBLIC_LOG, witnesses: PUBLIC_WITNESSES },
  ],
  'valid-blank-lines': [
    'A text with a blank line in it: it ends at the last one',
    'valid',
    checkpointOf('relay.example/log\n\nstill text\n'),
    { form: 'note', cosigned: [] },
  ],
  'valid-extension': [
    'A checkpoint with an extension line, which is signed and means nothing',
    'valid',
    checkpointOf(`${TEXT}extension\n`, W1.line(`${TEXT}extension\n`)),
    { cosigned: [W1.name] },
  ],
  'valid-unknown-fails': ['A signature of an unknown key that fails', 'valid', checkpointOf(TEXT, flipped(STRANGER.line(TEXT))), { cosigned: [] }],
  'valid-same-name-other-id': ['A key that shares the log’s name but not its id', 'valid', signed(TEXT, SAME_NAME.line(TEXT), LOG.line(TEXT)), { cosigned: [] }],
  'valid-same-id-other-name': [
    'A signature that shares the log’s key id but not its name is passed over, though it would fail',
    'valid',
    checkpointOf(TEXT, flipped(relabelled(LOG.line(TEXT), 'relay.example/LOG'))),
    { cosigned: [] },
  ],
  'valid-witness-twice': ['A witness that signs twice counts once', 'valid', checkpointOf(TEXT, W1.line(TEXT), W1.line(TEXT, TIME + 60)), { cosigned: [W1.name] }],
  'text-ends-at-last-blank-line': [
    'The signature covers the text up to the first blank line only',
    'note-signature',
    signed(`${TEXT}\nrelay.example/log\n`, LOG.line(TEXT)),
    { form: 'note' },
  ],
  'log-signature-flipped': ['The log’s signature fails', 'note-signature', signed(TEXT, flipped(LOG.line(TEXT)))],
  'witness-signature-flipped': ['A known witness’s signature fails: the whole note is worth nothing', 'note-signature', checkpointOf(TEXT, W1.line(TEXT), flipped(W2.line(TEXT)))],
  'witness-second-signature-flipped': ['A known witness signs twice, the second time wrongly', 'note-signature', checkpointOf(TEXT, W1.line(TEXT), flipped(W1.line(TEXT)))],
  'witness-other-time': ['A cosignature under another time than the one signed', 'note-signature', checkpointOf(TEXT, relabelledTime(W1.line(TEXT)))],
  'witness-signs-as-log': ['A witness’s key that signs the bare text', 'note-signature', checkpointOf(TEXT, bareLine(W1))],
  'name-other-case': ['Names compare as they are: the log under capitals is unknown', 'note-unsigned', signed(TEXT, relabelled(LOG.line(TEXT), 'Relay.example/log'))],
  'id-of-other-key': ['The log’s signature under another key id is an unknown key’s', 'note-unsigned', signed(TEXT, withId(LOG.line(TEXT), '00000000'))],
  'signed-by-other-log': ['Signed by another log', 'note-unsigned', signed(TEXT, OTHER_LOG.line(TEXT))],
  'signed-by-witness-only': ['Cosigned, but not signed by the log', 'note-unsigned', signed(TEXT, W1.line(TEXT))],
  'origin-of-other': ['The log signs a checkpoint that names another log', 'origin', checkpointOf(UPPER)],
  'no-signature': ['No signature line', 'note-format', `${TEXT}\n`],
  'no-blank-line': ['No blank line', 'note-format', `${TEXT}${LOG.line(TEXT)}`],
  'no-last-line-feed': ['The last line does not end', 'note-format', checkpointOf(TEXT).slice(0, -1)],
  'text-after-signatures': ['A line behind the signatures that is none', 'note-format', `${checkpointOf(TEXT)}text\n`],
  'carriage-return': ['Lines that end as on other systems', 'note-format', checkpointOf(TEXT).replaceAll('\n', '\r\n')],
  tab: ['A control character', 'note-format', checkpointOf(`${TEXT}\tx\n`), { form: 'note' }],
  hyphen: ['A hyphen instead of the dash', 'note-format', checkpointOf(TEXT).replace('\u2014', '-')],
  'name-with-plus': ['A key name with a plus', 'note-format', checkpointOf(TEXT, relabelled(W1.line(TEXT), 'w+1', W1))],
  'name-with-space': ['A key name with a space that is not ASCII', 'note-format', checkpointOf(TEXT, relabelled(W1.line(TEXT), 'w\u00a01', W1))],
  'base64-unpadded': ['Base64 without its padding', 'note-format', checkpointOf(TEXT).replace(/=\n$/, '\n')],
  'base64-url': ['Base64 in the alphabet of URLs', 'note-format', checkpointOf(TEXT, W1.line(TEXT).replace(/[^ ]+\n$/, `${'_'.repeat(8)}\n`))],
  'signature-only-id': ['A key id without a signature', 'note-format', checkpointOf(TEXT, `\u2014 ${W1.name} AAAAAA==\n`)],
  'signatures-too-many': ['101 signatures', 'note-format', checkpointOf(TEXT, ...Array.from({ length: 100 }, () => STRANGER.line(TEXT)))],
  'size-leading-zero': ['A size with a leading zero', 'checkpoint-format', checkpointOf(TEXT.replace('42', '042'))],
  'size-negative': ['A negative size', 'checkpoint-format', checkpointOf(TEXT.replace('42', '-1'))],
  'size-too-large': ['A size above 2^53', 'checkpoint-format', checkpointOf(TEXT.replace('42', '9007199254740992'))],
  'size-hex': ['A size that is not decimal', 'checkpoint-format', checkpointOf(TEXT.replace('42', '0x2a'))],
  'root-short': ['A root of 31 bytes', 'checkpoint-format', checkpointOf(`relay.example/log\n42\n${Buffer.alloc(31).toString('base64')}\n`)],
  'root-hex': ['A root in hex', 'checkpoint-format', checkpointOf(`relay.example/log\n42\n${Buffer.alloc(32).toString('hex')}!\n`)],
  'two-lines': ['No root', 'checkpoint-format', checkpointOf('relay.example/log\n42\n')],
  'empty-line': ['An empty line in a checkpoint', 'checkpoint-format', checkpointOf(`${TEXT}\nextension\n`)],
};

function relabelledTime(line: string): string {
  const at = line.lastIndexOf(' ') + 1;
  const bytes = Buffer.from(line.slice(at), 'base64');
  bytes.writeBigUInt64BE(BigInt(TIME + 1), 4);
  return `${line.slice(0, at)}${bytes.toString('base64')}\n`;
}

/** Type confusion: the cosignature holds a signature over the text without its prefix. */
function bareLine(witness: SecondSigner): string {
  const asLog = secondSigner('log', witness.name, 11).line(TEXT);
  const bare = Buffer.from(asLog.slice(asLog.lastIndexOf(' ') + 1), 'base64').subarray(4);
  const line = witness.line(TEXT);
  const at = line.lastIndexOf(' ') + 1;
  const own = Buffer.from(line.slice(at), 'base64');
  return `${line.slice(0, at)}${Buffer.concat([own.subarray(0, 12), bare]).toString('base64')}\n`;
}

export async function generateNoteVectors(): Promise<VectorSet<NoteVector>> {
  const defaults = { log: LOG.vkey, witnesses: [W1.vkey, W2.vkey], form: 'checkpoint' as const };
  const entries = Object.entries(CASES).map(
    ([name, [description, expect, note, more]]) => [name, { description, expect, ...defaults, ...more, note }] as const,
  );
  return Promise.resolve(Object.fromEntries(entries));
}

await writeVectorsWhenRun(import.meta.url, generateNoteVectors);
