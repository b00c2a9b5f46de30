/** Made of the OpenAPI document by `npm run api:client`: not to be edited. */
export interface MessageOperations {
  /** Post a message: envelopes, and uploads for its payloads */
  'POST /api/messages': {
    json: {
      messageId: string;
      envelopes: readonly { mailboxId: string; envelope: string }[];
      payloads: readonly { header: string; sizeBound: number }[];
      reuse: readonly string[];
      expiresAt: string;
      deadlineAt: string | null;
    };
    answer: {
      acceptedAt: string;
      deliveries: { mailboxId: string; seq: number; consent: 'given' | 'held' | 'refused' }[];
    };
  };
  /** What was delivered to the own mailbox */
  'GET /api/deliveries': {
    query: { after?: string | number; limit?: string | number };
    answer: {
      deliveries: {
        seq: number;
        senderMailboxId: string;
        senderDeviceId: string;
        messageId: string;
        envelopeBytes: number;
        envelopeDigest: string;
        payloadIds: string[];
        state: 'pending' | 'fetched' | 'acknowledged' | 'expired' | 'withdrawn';
        consent: 'given' | 'held' | 'refused';
        acceptedAt: string;
        expiresAt: string;
        deadlineAt: string | null;
        attendedAt: string | null;
      }[];
      last: number;
    };
  };
  /** A sealed envelope: CBOR */
  'GET /api/deliveries/{seq}/envelope': { path: { seq: string | number }; answer: Uint8Array };
  /** This device has what it wants */
  'POST /api/deliveries/{seq}/acknowledgement': { path: { seq: string | number }; answer: null };
  /** A person has seen it */
  'POST /api/deliveries/{seq}/attended': { path: { seq: string | number }; answer: null };
  /** Take a message back */
  'POST /api/messages/{messageId}/withdrawal': {
    path: { messageId: string | number };
    answer: {
      withdrawnAt: string;
      recipients: { mailboxId: string; state: 'withdrawn' | 'fetched' | 'expired'; testimony: string | null }[];
    };
  };
  /** What became of that */
  'GET /api/messages/{messageId}/withdrawal': {
    path: { messageId: string | number };
    answer: {
      withdrawnAt: string;
      recipients: { mailboxId: string; state: 'withdrawn' | 'fetched' | 'expired'; testimony: string | null }[];
    };
  };
  /** Upload a part: whole sealed segments */
  'PUT /api/payloads/{payloadId}/parts/{firstSegment}': {
    path: { payloadId: string | number; firstSegment: string | number };
    header: { 'Bildbote-Segment-Digests': string | number };
    body: readonly Uint8Array<ArrayBuffer>[];
    answer: null;
  };
  /** Upload a sealed tally of 8,192 bytes */
  'PUT /api/payloads/{payloadId}/tallies/{seq}': {
    path: { payloadId: string | number; seq: string | number };
    query: { segments: string | number };
    body: readonly Uint8Array<ArrayBuffer>[];
    answer: null;
  };
  /** Ask where to bring a part past the relay */
  'POST /api/payloads/{payloadId}/parts/{firstSegment}/direct': {
    path: { payloadId: string | number; firstSegment: string | number };
    json: { digests: string; bytes: number };
    answer: { ticket: string; expiresAt: string; url: string; headers: Record<string, string> };
  };
  /** Have the relay look at a part that was brought */
  'POST /api/payloads/{payloadId}/parts/{firstSegment}/direct/{ticket}': {
    path: { payloadId: string | number; firstSegment: string | number; ticket: string | number };
    answer: null;
  };
  /** Where to fetch segments past the relay */
  'GET /api/payloads/{payloadId}/segments/{first}/direct': {
    path: { payloadId: string | number; first: string | number };
    query: { count?: string | number };
    answer: { pieces: { url: string; headers: Record<string, string>; bytes: number }[]; expiresAt: string };
  };
  /** What is known of a payload */
  'GET /api/payloads/{payloadId}': {
    path: { payloadId: string | number };
    answer: {
      header: string;
      sizeBound: number;
      createdAt: string;
      expiresAt: string;
      tally: { seq: number; segments: number } | null;
    };
  };
  /** Parts that are stored */
  'GET /api/payloads/{payloadId}/parts': {
    path: { payloadId: string | number };
    query: { after?: string | number; limit?: string | number };
    answer: { parts: { firstSegment: number; segments: number; bytes: number; digest: string }[]; next: number | null };
  };
  /** Sealed segments */
  'GET /api/payloads/{payloadId}/segments/{first}': {
    path: { payloadId: string | number; first: string | number };
    query: { count?: string | number };
    answer: Uint8Array;
  };
  /** SHA-256 of segments, 32 bytes each */
  'GET /api/payloads/{payloadId}/digests': {
    path: { payloadId: string | number };
    query: { first: string | number; count: string | number };
    answer: Uint8Array;
  };
  /** Tallies in their order */
  'GET /api/payloads/{payloadId}/tallies': {
    path: { payloadId: string | number };
    query: { after?: string | number; limit?: string | number };
    answer: { tallies: { seq: number; segments: number; record: string }[] };
  };
  /** The newest tally */
  'GET /api/payloads/{payloadId}/tallies/newest': {
    path: { payloadId: string | number };
    answer: { seq: number; segments: number; record: string };
  };
  /** That a segment is in a tree */
  'GET /api/payloads/{payloadId}/proofs/inclusion': {
    path: { payloadId: string | number };
    query: { segment: string | number; segments: string | number };
    answer: { hashes: string[] };
  };
  /** That a tree goes on */
  'GET /api/payloads/{payloadId}/proofs/consistency': {
    path: { payloadId: string | number };
    query: { from: string | number; to: string | number };
    answer: { hashes: string[] };
  };
}
