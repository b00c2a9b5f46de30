import { type Coding, EVENT_CODES, REFUSALS } from './codes.js';
import type { AuditKind } from './events.js';
import { type ReadEntry, readEntry } from './entry.js';

/**
 * An entry as a FHIR R4 AuditEvent, the JSON form of DICOM PS3.15 A.5 that IHE BALP builds on (docs/spec/audit.md §7). No
 * patient is named in any of them: the relay knows none.
 */
export function auditEventFrom(
  row: { readonly seq: number; readonly entry: string; readonly hash: Buffer },
  site: string,
) {
  const entry = readEntry(row.entry);
  const code = entry === null ? undefined : EVENT_CODES[entry.kind as AuditKind];
  // What a newer version has written is told, as far as it can be.
  const { type, subtype, action } = code ?? { type: own(entry?.kind ?? 'unreadable'), subtype: null, action: 'E' };
  return {
    resourceType: 'AuditEvent',
    id: `audit-${row.seq}`,
    type,
    subtype: [...(subtype === null ? [] : [subtype]), own(entry?.kind ?? 'unreadable')],
    action,
    recorded: entry?.at ?? '1970-01-01T00:00:00.000Z',
    outcome: REFUSALS.has(entry?.kind ?? '') ? '4' : '0',
    agent: agentsOf(entry, site),
    source: { site, observer: { display: `Bildbote relay ${site}` }, type: [APPLICATION_SERVER] },
    entity: entitiesOf(entry, row),
  };
}

const EVENT_SYSTEM = 'urn:bildbote:audit-event';
const APPLICATION_SERVER: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  code: '4',
  display: 'Application Server',
};
const SYSTEM_OBJECT: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code: '2',
  display: 'System Object',
};

function own(kind: string): Coding {
  return { system: EVENT_SYSTEM, code: kind, display: kind };
}

function dcmRole(code: string, display: string) {
  return { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code, display }] };
}

function agentsOf(entry: ReadEntry | null, site: string) {
  const server = {
    type: dcmRole('110152', 'Destination Role ID'),
    who: { display: `Bildbote relay ${site}` },
    requestor: false,
  };
  const { mailboxId, deviceId } = (entry ?? {}) as { mailboxId?: unknown; deviceId?: unknown };
  if (typeof mailboxId !== 'string' || typeof deviceId !== 'string' || isByOperator(entry)) {
    const role = entry !== null && isByOperator(entry) ? 'operator of the relay' : `Bildbote relay ${site}`;
    return [{ type: dcmRole('110153', 'Source Role ID'), who: { display: role }, requestor: true }, server];
  }
  const identifier = { system: 'urn:bildbote:device', value: `${mailboxId}/${deviceId}` };
  return [{ type: dcmRole('110153', 'Source Role ID'), who: { identifier }, requestor: true }, server];
}

const BY_OPERATOR = /^(invited|names?-|practice-|mailbox-|device-(suspended|resumed)|backup-|restored|support-|audit-)/;

function isByOperator(entry: ReadEntry | null): boolean {
  return BY_OPERATOR.test(entry?.kind ?? '');
}

/** What the event is about, each with the field's own name; and the entry itself, so that it can be found in the chain. */
function entitiesOf(entry: ReadEntry | null, { seq, hash }: { readonly seq: number; readonly hash: Buffer }) {
  const { seq: _seq, previous: _previous, at: _at, kind: _kind, ...fields } = entry ?? {};
  const chain = {
    what: { identifier: { system: 'urn:bildbote:audit-entry', value: String(seq) } },
    type: SYSTEM_OBJECT,
    detail: [{ type: 'sha256', valueString: hash.toString('hex') }],
  };
  const about = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown) => ({
      what: { identifier: { system: `urn:bildbote:${name}`, value: String(one) } },
      type: SYSTEM_OBJECT,
    })),
  );
  return [chain, ...about];
}
