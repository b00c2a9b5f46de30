/**
 * Every attack that must fail, and the tests that play it. `npm run attacks` runs them and writes what came of it into
 * docs/threat-model.md; table.test.ts keeps this list and that table true.
 */
export interface Attack {
  readonly id: string;
  /** What is tried, and by whom. */
  readonly attack: string;
  /** What must come of it. */
  readonly outcome: string;
  readonly plays: readonly Play[];
}

/** Tests of one file whose full title contains `title`, which stands literally in the file. */
export interface Play {
  readonly file: string;
  readonly title: string;
}

const play = (file: string, title: string): Play => ({ file: `test/${file}`, title });

const IDENTITY: readonly Attack[] = [
  {
    id: 'A1',
    attack: 'a mailbox registers a public key that another one uses',
    outcome: 'refused, with an audit event',
    plays: [
      play('attacks/a01.test.ts', 'A1:'),
      play('server/directory.test.ts', 'a public key is registered once in the world (attack A1)'),
    ],
  },
  {
    id: 'A2',
    attack: 'the relay changes the sender of a message, or delivers it under another one',
    outcome: 'quarantine; the sender shown is the one who signed',
    plays: [play('attacks/a02.test.ts', 'A2:')],
  },
  {
    id: 'A3',
    attack: 'a practice takes the name of an authority, or one that looks like another practice’s',
    outcome: 'refused, or shown as unverified',
    plays: [play('attacks/a03.test.ts', 'A3:')],
  },
  {
    id: 'A10',
    attack: 'the directory serves a false key for a recipient',
    outcome: 'nothing is sent: no proof under a witnessed checkpoint',
    plays: [play('attacks/a10-false-key.test.ts', 'attack A10')],
  },
  {
    id: 'A11',
    attack: 'the relay adds a device, a member or a recipient',
    outcome: 'nothing is sealed to it',
    plays: [play('attacks/a11-added-device.test.ts', 'attack A11')],
  },
  {
    id: 'A13',
    attack: 'several, nested or empty signatures; critical fields that nobody knows',
    outcome: 'one canonical form, everything else is an error',
    plays: [play('attacks/a13.test.ts', 'A13:')],
  },
  {
    id: 'A26',
    attack: 'every route with the ids of every other practice',
    outcome: 'the answer of an unknown id, in status and body',
    plays: [
      play('attacks/a26.test.ts', 'A26:'),
      play('server/access.test.ts', "tells eve of bob's what it tells of nothing"),
    ],
  },
  {
    id: 'A27',
    attack: 'a recipient re-seals a message to somebody else; the relay delivers an old one again',
    outcome: 'does not open there; a replay is shown once',
    plays: [play('attacks/a27.test.ts', 'A27:')],
  },
  {
    id: 'A33',
    attack: 'the post-quantum half is taken off, an older suite or version offered',
    outcome: 'refused: the suite is bound into everything',
    plays: [play('attacks/a33-downgrade.test.ts', 'attack A33')],
  },
  {
    id: 'A34',
    attack: 'one of several recipients cannot be sealed to',
    outcome: 'the sender is told before anything leaves; nobody is dropped in silence',
    plays: [play('attacks/a34.test.ts', 'A34:')],
  },
  {
    id: 'A37',
    attack: 'the relay shows two histories of the directory to two clients',
    outcome: 'alarm; sending stops; two signed checkpoints remain',
    plays: [play('attacks/a37-split-view.test.ts', 'attack A37')],
  },
  {
    id: 'A38',
    attack: 'a revoked device asks, opens, or signs after its revocation',
    outcome: 'refused by relay and recipients',
    plays: [play('attacks/a38-revoked-device.test.ts', 'attack A38'), play('server/hints.test.ts', 'attack A38')],
  },
];

const PAYLOAD: readonly Attack[] = [
  {
    id: 'A4',
    attack: 'a mailbox full of malformed envelopes, and a good one last',
    outcome: 'the good one is there; the others are in quarantine, one by one; nothing ends',
    plays: [play('attacks/a04-malformed-envelopes.test.ts', 'attack A4')],
  },
  {
    id: 'A5',
    attack: 'the relay, or a message, sends a client to another host',
    outcome: 'not one connection leaves for it',
    plays: [
      play('attacks/a05-foreign-host.test.ts', 'attack A5'),
      play('client/node/http-transport.test.ts', 'attack A5'),
      play('browser/web-safety.test.ts', 'to its own relay, whatever an address or an invitation names'),
    ],
  },
  {
    id: 'A6',
    attack: 'somebody knows a message’s id and its recipient’s address',
    outcome: 'the answer of an unknown id',
    plays: [play('server/access.test.ts', 'attacks A6, A26')],
  },
  {
    id: 'A7',
    attack: 'marks in pixels, headers, names and texts; wire, disk, database and logs of the relay are searched',
    outcome: 'no mark, in any spelling',
    plays: [play('story/canary.test.ts', 'a canary')],
  },
  {
    id: 'A8',
    attack: 'any one bit is turned in envelope, header, segment, tally or manifest',
    outcome: 'no plaintext of it comes out, and there is no way to look at it all the same',
    plays: [
      play('attacks/a08-a09-altered-payload.test.ts', 'attack A8'),
      play('story/altered.test.ts', 'one altered bit at the relay'),
      play('crypto/seal/message.test.ts', 'when any bit of it is flipped, wherever it stands'),
      play('client/core/receive/unpack.test.ts', 'refuses a change of any one bit'),
    ],
  },
  {
    id: 'A9',
    attack: 'segments cut off, reordered, repeated, left out, taken from another payload; two manifests mixed',
    outcome: 'noticed before anything is called complete',
    plays: [
      play('attacks/a08-a09-altered-payload.test.ts', 'attack A9'),
      play('client/core/receive/forged-package.test.ts', 'a forged package'),
    ],
  },
  {
    id: 'A28',
    attack: 'two uploads under the same id of the client’s choice',
    outcome: 'nothing is overwritten; no path comes from it',
    plays: [play('server/messages.test.ts', 'attack A28')],
  },
  {
    id: 'A29',
    attack: 'messages that nobody asked for, uploads that never end, a flood of invitations',
    outcome: 'consent, quota, rate, and an end for orphans',
    plays: [
      play('server/quotas.test.ts', 'server/quotas on'),
      play('server/contacts.test.ts', 'a held message can be read as an envelope only'),
    ],
  },
  {
    id: 'A31',
    attack: 'bytes are asked for after expiry, withdrawal or deletion',
    outcome: '410 to a party, 404 to everybody else; the bytes are gone',
    plays: [
      play('server/housekeeping.test.ts', 'attack A31'),
      play('server/withdrawals.test.ts', 'nobody has fetched it: nobody ever will'),
    ],
  },
  {
    id: 'A39',
    attack: 'one payload that opens to different contents for two recipients',
    outcome: 'its header commits to one secret',
    plays: [play('crypto/seal/payload.test.ts', 'attack A39')],
  },
];

const EXPOSURE: readonly Attack[] = [
  {
    id: 'A15',
    attack: 'a peer with a client’s certificate, a wrong name, or an expired one',
    outcome: 'refused before anything is asked',
    plays: [play('attacks/a15-tls.test.ts', 'attack A15')],
  },
  {
    id: 'A16',
    attack: 'a fresh installation: every route without a session, plain HTTP beyond the machine, weak secrets',
    outcome: 'nothing is served, or it does not start',
    plays: [
      play('server/access.test.ts', 'attack A16'),
      play('server/tls.test.ts', 'attack A16'),
      play('server/blobs-s3.test.ts', 'the configuration of a bucket'),
      play('client/gateway/rules.test.ts', 'does not listen beyond this machine without TLS unless that is said'),
    ],
  },
  {
    id: 'A17',
    attack: 'a full dump of database, blobs and logs',
    outcome: 'no patient, subject, file name or true size',
    plays: [play('story/canary.test.ts', 'a canary')],
  },
  {
    id: 'A32',
    attack: 'errors are provoked and their bodies read, access log and audit as well',
    outcome: 'no health data, key, token or stack',
    plays: [
      play('server/access.test.ts', 'attack A32'),
      play('server/openapi.test.ts', 'any request made from it is answered as documented'),
      play('server/audit.test.ts', 'by ids and nothing else'),
    ],
  },
  {
    id: 'A35',
    attack: 'an entry of the audit is edited, removed or moved',
    outcome: 'verification names it',
    plays: [play('server/audit.test.ts', 'server/audit')],
  },
];

const FILES: readonly Attack[] = [
  {
    id: 'A18',
    attack: 'a DICOM preamble that is a program, a page or a document',
    outcome: 'cleared on media with the original provable; never run or sniffed',
    plays: [play('attacks/a18-preambles.test.ts', 'A18:')],
  },
  {
    id: 'A19',
    attack: 'an instance is altered, missing or added',
    outcome: 'not complete, and not given out',
    plays: [
      play('client/gateway/dicomweb.test.ts', 'A19:'),
      play('client/core/receive/forged-package.test.ts', 'a forged package'),
    ],
  },
  {
    id: 'A20',
    attack: 'paths in archives, DICOMDIRs and UIDs that lead out of the folder',
    outcome: 'nothing is read or written outside',
    plays: [play('attacks/a20-names-and-paths.test.ts', 'A20:')],
  },
  {
    id: 'A21',
    attack: 'bombs: deflate, zip, forged, nested and overlapping entries',
    outcome: 'end at a budget; memory is bounded; other files go on',
    plays: [play('attacks/a21-bombs.test.ts', 'A21:')],
  },
  {
    id: 'A22',
    attack: 'lengths that lie, sequences without end or bottom',
    outcome: 'an error within a second, in bounded memory',
    plays: [play('attacks/a22-nesting.test.ts', 'A22:')],
  },
  {
    id: 'A23',
    attack: 'dimensions that overflow, palettes out of bounds',
    outcome: 'refused before anything is allocated',
    plays: [
      play('attacks/a23-dimensions.test.ts', 'A23:'),
      play('client/core/pixels/masking.test.ts', 'hostile pictures (attack A23)'),
    ],
  },
  {
    id: 'A36',
    attack: 'a name in private groups, sequences, overlays, file names, UIDs or pixels, after de-identification',
    outcome: 'none is left; a doubtful picture holds the send',
    plays: [
      play('attacks/a36.test.ts', 'A36:'),
      play('client/core/deidentification/canary.test.ts', 'de-identification of canaries'),
    ],
  },
];

const BROWSER: readonly Attack[] = [
  {
    id: 'A12',
    attack: 'markup, styles, remote pictures, forms and links in texts',
    outcome: 'shown as text; nothing is loaded',
    plays: [play('browser/web-safety.test.ts', 'hostile texts, names and files inert')],
  },
  {
    id: 'A24',
    attack: 'markup, turned writing and control characters in names and descriptions',
    outcome: 'inert, and kept to themselves',
    plays: [play('browser/web-safety.test.ts', 'hostile texts, names and files inert')],
  },
  {
    id: 'A25',
    attack: 'an address of the page names a foreign host',
    outcome: 'no token leaves the origin',
    plays: [
      play('browser/web-safety.test.ts', 'to its own relay, whatever an address or an invitation names'),
      play(
        'client/web/page/inputs.test.ts',
        'is a token only as the last part of a link, whatever host the link names',
      ),
    ],
  },
  {
    id: 'A30',
    attack: 'the server alters one byte of the web client',
    outcome: 'refused by a browser that knows the page, found by comparison from outside',
    plays: [
      play('browser/web-guard.test.ts', 'the page’s guard in a browser'),
      play('server/web.test.ts', 'is found to differ by one byte, from outside'),
    ],
  },
  {
    id: 'A40',
    attack: 'another page frames, posts to or reads from the gateway; names are rebound',
    outcome: 'refused by Host, Origin and key',
    plays: [play('client/gateway/api.test.ts', 'A40:')],
  },
];

export const ATTACKS: readonly Attack[] = [IDENTITY, PAYLOAD, EXPOSURE, FILES, BROWSER].flat();
