import { type EventReport, type PeerTitles } from '../dimse/acceptor.js';
import { COMMAND, STATUS } from '../dimse/command.js';
import { DimseError } from '../dimse/error.js';
import { openAssociation } from '../dimse/requestor.js';
import { IMPLICIT_LITTLE_ENDIAN, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, newUid } from '../dimse/uids.js';
import { GatewayError } from '../error.js';
import { type Listeners, createListeners } from '../part.js';
import { encodeIdentifier, parseIdentifier } from '../dimse/identifier.js';
import { type DicomJson, firstText } from '../received/data-set.js';
import { type PacsAddress, remoteOf } from '../query/remote.js';

/**
 * Storage commitment (PS3.4 annex J) as its user: the PACS is asked by N-ACTION whether it keeps what was stored, and says so by N-EVENT-REPORT on an association of its
 * own to the gateway's DICOM port, seconds or hours later. What is asked lives in memory: after a restart it is asked again.
 */
export interface Commitments {
  /** @returns `not-offered` where the PACS does not know the service @throws GatewayError */
  ask(pacs: PacsAddress, key: string, references: readonly Reference[]): Promise<'asked' | 'not-offered'>;
  /** What is known of the last question under this key. */
  state(key: string): CommitmentState | null;
  /** Forgets it. */
  drop(key: string): void;
  /** For the DICOM port. @returns a status */
  report(report: EventReport, titles: PeerTitles): number;
  readonly events: Pick<Listeners<{ readonly kind: 'answered'; readonly key: string }>, 'subscribe'>;
}

export interface Reference {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export type CommitmentState =
  | { readonly kind: 'asked'; readonly askedMs: number }
  /** SOP Instance UIDs that the PACS has taken upon itself to keep. */
  | { readonly kind: 'answered'; readonly kept: ReadonlySet<string> };

interface Question {
  readonly key: string;
  readonly aeTitle: string;
  readonly askedMs: number;
  readonly wanted: ReadonlySet<string>;
}

const TRANSACTION_UID = 0x00081195;
const REFERENCED_SEQUENCE = 0x00081199;
const REFERENCED_CLASS = 0x00081150;
const REFERENCED_INSTANCE = 0x00081155;
const REQUEST_COMMITMENT = 1;
/** PS3.4 Table J.3-3: all were kept, or some were not. */
const EVENT_TYPES: ReadonlySet<number> = new Set([1, 2]);

export function createCommitments(now: () => number = Date.now): Commitments {
  const questions = new Map<string, Question>();
  const answers = new Map<string, ReadonlySet<string>>();
  const events = createListeners<{ readonly kind: 'answered'; readonly key: string }>();
  const drop = (key: string): void => {
    answers.delete(key);
    for (const [uid, one] of questions) if (one.key === key) questions.delete(uid);
  };
  return {
    events,
    drop,
    async ask(pacs, key, references) {
      drop(key);
      const transactionUid = newUid();
      const wanted = new Set(references.map(({ sopInstanceUid }) => sopInstanceUid));
      // Known before it is asked: the answer may be there first.
      questions.set(transactionUid, { key, aeTitle: pacs.aeTitle, askedMs: now(), wanted });
      try {
        const isOffered = await requestCommitment(pacs, transactionUid, references);
        if (!isOffered) drop(key);
        return isOffered ? 'asked' : 'not-offered';
      } catch (error) {
        drop(key);
        throw error;
      }
    },
    state(key) {
      const kept = answers.get(key);
      if (kept !== undefined) return { kind: 'answered', kept };
      const question = [...questions.values()].find((one) => one.key === key);
      return question === undefined ? null : { kind: 'asked', askedMs: question.askedMs };
    },
    report({ eventType, dataSet, transferSyntaxUid }, { callingAe }) {
      if (!EVENT_TYPES.has(eventType)) return STATUS.noSuchEventType;
      void parseIdentifier(dataSet, transferSyntaxUid)
        .then((row) => {
          const uid = firstText(row, '00081195');
          const question = questions.get(uid);
          // Another's answer, an old one, or an invented one: nothing is believed of it.
          if (question?.aeTitle !== callingAe) return;
          questions.delete(uid);
          answers.set(question.key, new Set(keptOf(row).filter((one) => question.wanted.has(one))));
          events.publish({ kind: 'answered', key: question.key });
        })
        .catch(() => undefined);
      return STATUS.success;
    },
  };
}

/** PS3.4 Table J.3-4: Referenced SOP Sequence holds what is kept; what failed stands in another one. */
function keptOf(row: DicomJson): string[] {
  const items = (row['00081199']?.Value ?? []) as readonly DicomJson[];
  return items.map((item) => firstText(item, '00081155'));
}

async function requestCommitment(
  pacs: PacsAddress,
  transactionUid: string,
  references: readonly Reference[],
): Promise<boolean> {
  const context = { id: 1, abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN] };
  const association = await openAssociation(remoteOf(pacs), [context]);
  try {
    if (association.accepted(1) === null) return false;
    async function* information(): AsyncGenerator<Uint8Array, void, undefined> {
      yield await Promise.resolve(actionInformation(transactionUid, references));
    }
    const uids = { requestedClassUid: STORAGE_COMMITMENT, requestedInstanceUid: STORAGE_COMMITMENT_INSTANCE };
    const command = {
      field: COMMAND.actionRq,
      messageId: 1,
      hasDataSet: true,
      actionType: REQUEST_COMMITMENT,
      ...uids,
    };
    const { command: answer } = await association.request(1, command, information());
    if (answer.field !== COMMAND.actionRsp || answer.respondedTo !== 1) throw new DimseError('pdu-unexpected');
    if (answer.status !== STATUS.success) throw new GatewayError('pacs-refused', answer.status.toString(16));
    await association.release().catch(() => undefined);
    return true;
  } catch (error) {
    if (error instanceof DimseError) throw new GatewayError('association-broken', error.code, { cause: error });
    throw error;
  } finally {
    association.abort();
  }
}

function actionInformation(transactionUid: string, references: readonly Reference[]): Uint8Array {
  const items = references.map(({ sopClassUid, sopInstanceUid }) => [
    { tag: REFERENCED_CLASS, vr: 'UI', value: sopClassUid },
    { tag: REFERENCED_INSTANCE, vr: 'UI', value: sopInstanceUid },
  ]);
  return encodeIdentifier([
    { tag: TRANSACTION_UID, vr: 'UI', value: transactionUid },
    { tag: REFERENCED_SEQUENCE, vr: 'SQ', value: items },
  ]);
}
