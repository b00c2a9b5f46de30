import type { AuditKind } from './events.js';

/** How an event is called outside (docs/spec/audit.md §7): DICOM PS3.16 CID 400 and 401, and FHIR's for what passes through. */

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

/** FHIR's AuditEvent.action: create, read, update, delete, execute. */
export type Action = 'C' | 'R' | 'U' | 'D' | 'E';

export interface EventCode {
  readonly type: Coding;
  readonly subtype: Coding | null;
  readonly action: Action;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const FHIR_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const FHIR_INTERACTION = 'http://hl7.org/fhir/restful-interaction';

const dcm = (code: string, display: string): Coding => ({ system: DCM, code, display });

const APPLICATION = dcm('110100', 'Application Activity');
const AUDIT_USED = dcm('110101', 'Audit Log Used');
const EXPORT = dcm('110106', 'Export');
const IMPORT = dcm('110107', 'Import');
const ALERT = dcm('110113', 'Security Alert');
const AUTHENTICATION = dcm('110114', 'User Authentication');
const START = dcm('110120', 'Application Start');
const STOP = dcm('110121', 'Application Stop');
const LOGIN = dcm('110122', 'Login');
const CONFIGURATION = dcm('110129', 'Security Configuration');
const USER_SECURITY = dcm('110137', 'User Security Attributes Changed');
const REST: Coding = { system: FHIR_TYPE, code: 'rest', display: 'RESTful Operation' };

const of = (type: Coding, subtype: Coding | null, action: Action): EventCode => ({ type, subtype, action });
const rest = (code: 'create' | 'read' | 'update' | 'delete', action: Action): EventCode =>
  of(REST, { system: FHIR_INTERACTION, code, display: code }, action);

export const EVENT_CODES: Readonly<Record<AuditKind, EventCode>> = {
  'relay-started': of(APPLICATION, START, 'E'),
  'relay-stopped': of(APPLICATION, STOP, 'E'),
  'log-conflict': of(ALERT, null, 'E'),
  enrolled: of(ALERT, USER_SECURITY, 'C'),
  'registration-refused': of(ALERT, null, 'C'),
  recovered: of(ALERT, USER_SECURITY, 'U'),
  'signed-in': of(AUTHENTICATION, LOGIN, 'E'),
  'sign-in-refused': of(AUTHENTICATION, LOGIN, 'E'),
  'device-added': of(ALERT, USER_SECURITY, 'C'),
  'device-revoked': of(ALERT, USER_SECURITY, 'D'),
  'device-renewed': of(ALERT, USER_SECURITY, 'U'),
  'chain-extended': of(ALERT, USER_SECURITY, 'U'),
  'pairing-opened': of(ALERT, USER_SECURITY, 'C'),
  'pairing-ended': of(ALERT, USER_SECURITY, 'D'),
  'message-accepted': rest('create', 'C'),
  'envelope-read': rest('read', 'R'),
  acknowledged: rest('update', 'U'),
  attended: rest('update', 'U'),
  'payload-read': rest('read', 'R'),
  withdrawn: rest('delete', 'D'),
  expired: rest('delete', 'D'),
  'contact-set': of(ALERT, CONFIGURATION, 'U'),
  'deputies-set': of(ALERT, CONFIGURATION, 'U'),
  'contact-policy-set': of(ALERT, CONFIGURATION, 'U'),
  invited: of(ALERT, USER_SECURITY, 'C'),
  'names-protected': of(ALERT, CONFIGURATION, 'C'),
  'name-unprotected': of(ALERT, CONFIGURATION, 'D'),
  'practice-suspended': of(ALERT, USER_SECURITY, 'U'),
  'practice-resumed': of(ALERT, USER_SECURITY, 'U'),
  'practice-exported': of(EXPORT, null, 'R'),
  'practice-closing': of(ALERT, USER_SECURITY, 'U'),
  'practice-closed': of(ALERT, USER_SECURITY, 'D'),
  'mailbox-suspended': of(ALERT, USER_SECURITY, 'U'),
  'mailbox-resumed': of(ALERT, USER_SECURITY, 'U'),
  'device-suspended': of(ALERT, USER_SECURITY, 'U'),
  'device-resumed': of(ALERT, USER_SECURITY, 'U'),
  'backup-taken': of(EXPORT, null, 'R'),
  restored: of(IMPORT, null, 'C'),
  'support-bundle-made': of(EXPORT, null, 'R'),
  'audit-exported': of(AUDIT_USED, null, 'R'),
  'audit-pruned': of(AUDIT_USED, null, 'D'),
};

/** Events that say that something was tried and did not succeed. */
export const REFUSALS: ReadonlySet<string> = new Set<AuditKind>([
  'sign-in-refused',
  'registration-refused',
  'log-conflict',
]);
