/** Made of the OpenAPI document by `npm run api:client`: not to be edited. */
export interface MailboxOperations {
  /** Search for mailboxes */
  'GET /api/directory': {
    query: { query?: string | number; limit?: string | number; after?: string | number };
    answer: {
      entries: {
        mailboxId: string;
        address: string;
        practiceName: string;
        verified: boolean;
        place: string | null;
        street: string | null;
        specialty: string | null;
        attestation: string | null;
      }[];
      next: string | null;
    };
  };
  /** The mailbox behind an address */
  'GET /api/directory/addresses/{address}': { path: { address: string | number }; answer: { mailboxId: string } };
  /** The chain of a mailbox */
  'GET /api/mailboxes/{mailboxId}/statements': {
    path: { mailboxId: string | number };
    query: { after?: string | number };
    answer: { statements: string[]; last: number };
  };
  /** Extend the own chain */
  'POST /api/mailboxes/{mailboxId}/statements': {
    path: { mailboxId: string | number };
    json: { statements: readonly string[] };
    answer: { seq: number };
  };
  /** The chain from its newest balance on, with what its identity rests on */
  'GET /api/mailboxes/{mailboxId}/excerpt': {
    path: { mailboxId: string | number };
    query: { seen?: string | number };
    answer: Uint8Array;
  };
  /** What the log says of an address, proved */
  'GET /api/log/proofs/{index}': {
    path: { index: string | number };
    query: { from?: string | number };
    answer: {
      checkpoint: string;
      mapRoot: string;
      inclusion: string[];
      value: { seq: number; head: string } | null;
      bitmap: string;
      siblings: string[];
      consistency: string[] | null;
    };
  };
  /** That one log is the beginning of another */
  'GET /api/log/consistency': { query: { from: string | number; to: string | number }; answer: { hashes: string[] } };
  /** The newest mark of the own keystore */
  'PUT /api/keystore-mark': { json: { mark: string; signature: string }; answer: { version: number } };
  /** That mark */
  'GET /api/keystore-mark': { answer: { mark: string; signature: string } };
  /** Open a pairing */
  'POST /api/pairings': { json: { pairingId: string }; answer: { expiresAt: string } };
  /** Leave something as the device that opened it */
  'POST /api/pairings/offers': { json: { pairingId: string; n: number; blob: string }; answer: Record<string, never> };
  /** End a pairing */
  'POST /api/pairings/end': { json: { pairingId: string }; answer: null };
  /** Who may write */
  'GET /api/contacts': {
    query: { after?: string | number; limit?: string | number };
    answer: {
      policy: 'all' | 'verified' | 'known';
      contacts: { mailboxId: string; permission: 'allowed' | 'denied'; setAt: string }[];
      next: string | null;
    };
  };
  /** Who may write unasked */
  'PUT /api/contacts/policy': { json: { policy: 'all' | 'verified' | 'known' }; answer: null };
  /** Decide about one mailbox */
  'PUT /api/contacts/{mailboxId}': {
    path: { mailboxId: string | number };
    json: { permission: 'allowed' | 'denied' | 'none' };
    answer: null;
  };
  /** What waits for a person */
  'GET /api/urgent': {
    answer: {
      received: { seq: number; deadlineAt: string; step: 'open' | 'reminded' | 'deputies' | 'returned' }[];
      deputy: { mailboxId: string; deadlineAt: string }[];
      sent: {
        messageId: string;
        mailboxId: string;
        deadlineAt: string;
        attendedAt: string | null;
        step: 'open' | 'reminded' | 'deputies' | 'returned';
      }[];
    };
  };
  /** Who is told when nobody attends */
  'GET /api/deputies': { answer: { deputies: string[] } };
  /** Name them */
  'PUT /api/deputies': { json: { deputies: readonly string[] }; answer: null };
  /** What the practice may send and store */
  'GET /api/limits': {
    answer: {
      payloadBytes: number;
      expiresDaysMin: number;
      expiresDaysMax: number;
      quotaBytes: number;
      messagesPerDay: number;
      parallelUploads: number;
      storedBytes: number;
      messagesToday: number;
    };
  };
}
