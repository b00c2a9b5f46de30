import { type DirectoryReport, reportMailbox } from '../../core/directory/report.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { parseMailbox } from '../parse.js';
import { type Language, textOf } from '../texts.js';

/** `bildbote directory verify MAILBOX`: what was checked about its keys, against what, and what came of it. */
export async function runDirectoryVerify(
  text: string,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  const address = parseMailbox(text);
  await using desk = await openDesk(options.keystore);
  const report = await reportMailbox(desk, address);
  output.result(reportJson(report), reportText(report, output.language));
}

function reportJson(report: DirectoryReport) {
  const { log, witnesses, chain } = report;
  return {
    type: 'verified',
    ...report,
    log: { name: log.name, size: log.size, root: log.root, time: iso(log.mapTime) },
    witnesses: witnesses.map(({ name, seenMs }) => ({ name, seenAt: seenMs === null ? null : iso(seenMs) })),
    chain: {
      ...chain,
      epochEndsMs: undefined,
      epochEndsAt: chain.epochEndsMs === null ? null : iso(chain.epochEndsMs),
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function clock(ms: number): string {
  return iso(ms).slice(0, 16).replace('T', ' ');
}

/** One line for each thing that was checked; the verdict first. */
function reportText(report: DirectoryReport, language: Language): string {
  const lines = language === 'de' ? german(report) : english(report);
  const problem = report.problem === null ? [] : ['', textOf(report.problem, language) ?? ''];
  return [...lines, ...problem].join('\n');
}

function german(report: DirectoryReport): string[] {
  const { log, witnesses, needed, chain, pinnedSeq } = report;
  const none = needed === 0;
  return [
    `${report.mailbox}: ${report.verified ? 'geprüft' : 'ungeprüft'}`,
    `  Protokoll   ${log.name}, ${log.size} Einträge, Stand ${clock(log.mapTime)} (UTC)`,
    `              Wurzel ${log.root}`,
    ...witnesses.map(({ name, seenMs }) =>
      seenMs === null
        ? `  Zeuge       ${name}: hat nicht unterschrieben`
        : `  Zeuge       ${name}: hat es gesehen, ${clock(seenMs)}`,
    ),
    none
      ? '  Zeugen      keine: Dieses Relay hat keine Zeugen. Daher gilt alles als ungeprüft.'
      : `  Zeugen      ${witnesses.filter(({ seenMs }) => seenMs !== null).length} von ${witnesses.length}, nötig ${needed}`,
    ...(report.policy === 'relay'
      ? ['  Richtlinie  vom Relay selbst, nicht aus der Einladung: gilt nicht als geprüft']
      : []),
    '  Einschluss  Die neueste Karte aller Postfächer steht in diesem Protokoll: nachgerechnet',
    `  Karte       ${GERMAN_AGREEMENT[report.agreement]}`,
    `  Kette       ${chain.seq} Aussagen, alle Signaturen geprüft; ${chain.devices} Gerät(e) in Kraft`,
    `              Kopf ${chain.head}`,
    pinnedSeq === null
      ? '  Gemerkt     erster Kontakt: ab jetzt darf die Kette nur noch wachsen'
      : `  Gemerkt     setzt fort, was dieses Gerät bis Aussage ${pinnedSeq} kannte`,
  ];
}

const GERMAN_AGREEMENT: Readonly<Record<DirectoryReport['agreement'], string>> = {
  same: 'Sie nennt genau diese Kette als neueste: nachgerechnet',
  'log-behind': 'Sie hat die neueste Aussage noch nicht',
  'chain-behind': 'Sie nennt eine neuere Kette, als das Relay zeigt',
  contradiction: 'Sie nennt eine ANDERE Kette, als das Relay zeigt',
};

function english(report: DirectoryReport): string[] {
  const { log, witnesses, needed, chain, pinnedSeq } = report;
  const none = needed === 0;
  return [
    `${report.mailbox}: ${report.verified ? 'verified' : 'unverified'}`,
    `  Log         ${log.name}, ${log.size} entries, as of ${clock(log.mapTime)} (UTC)`,
    `              root ${log.root}`,
    ...witnesses.map(({ name, seenMs }) =>
      seenMs === null
        ? `  Witness     ${name}: has not signed`
        : `  Witness     ${name}: has seen it, ${clock(seenMs)}`,
    ),
    none
      ? '  Witnesses   none: this relay has no witnesses, so everything counts as unverified'
      : `  Witnesses   ${witnesses.filter(({ seenMs }) => seenMs !== null).length} of ${witnesses.length}, ${needed} needed`,
    ...(report.policy === 'relay'
      ? ["  Policy      the relay's own word, not the invitation's: does not count as verified"]
      : []),
    '  Inclusion   the newest map of all mailboxes stands in this log: recomputed',
    `  Map         ${ENGLISH_AGREEMENT[report.agreement]}`,
    `  Chain       ${chain.seq} statements, every signature verified; ${chain.devices} device(s) in force`,
    `              head ${chain.head}`,
    pinnedSeq === null
      ? '  Pin         first contact: from now on the chain may only grow'
      : `  Pin         continues what this device knew up to statement ${pinnedSeq}`,
  ];
}

const ENGLISH_AGREEMENT: Readonly<Record<DirectoryReport['agreement'], string>> = {
  same: 'it names exactly this chain as the newest: recomputed',
  'log-behind': 'it does not have the newest statement yet',
  'chain-behind': 'it names a newer chain than the relay shows',
  contradiction: 'it names ANOTHER chain than the relay shows',
};
