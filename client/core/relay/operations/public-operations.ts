/** Made of the OpenAPI document by `npm run api:client`: not to be edited. */
export interface PublicOperations {
  /** Whether the process lives */
  'GET /healthz': { answer: { status: 'ok' } };
  /** Whether database and blob store answer */
  'GET /readyz': { answer: { status: 'ok' } };
  /** The newest checkpoint of the public log */
  'GET /log/checkpoint': { answer: Uint8Array };
  /** The log, its witnesses and how many are needed */
  'GET /log/policy': { answer: Uint8Array };
  /** A tile of the log, as C2SP tlog-tiles */
  'GET /log/tile/{path}': { path: { path: string | number }; answer: Uint8Array };
  /** This document */
  'GET /api/openapi.json': { answer: { openapi: string } };
  /** This document as a page */
  'GET /api/docs': { answer: Uint8Array };
  /** What this relay is, and its limits */
  'GET /api/relay': {
    answer: {
      name: 'bildbote';
      version: string;
      origin: string;
      registrars: string[];
      direct: string | null;
      limits: {
        partBytes: number;
        envelopeBytes: number;
        payloadBytes: number;
        expiresDaysMin: number;
        expiresDaysMax: number;
      };
    };
  };
  /** A nonce to sign */
  'POST /api/sessions/challenges': {
    json: { mailboxId: string; deviceId: string };
    answer: { nonce: string; expiresAt: string };
  };
  /** Sign in */
  'POST /api/sessions': { json: { auth: string; signature: string }; answer: { token: string; expiresAt: string } };
  /** For whom an invitation is */
  'POST /api/invitations/lookup': {
    json: { invitation: string };
    answer: { address: string; practiceName: string; expiresAt: string };
  };
  /** Join by an invitation */
  'POST /api/enrolments': {
    json: { invitation: string; statements: readonly string[] };
    answer: { mailboxId: string; address: string };
  };
  /** What the other device has left */
  'POST /api/pairings/read': {
    json: { pairingId: string; sender: 'admin' | 'device'; n: number };
    answer: { blob: string };
  };
  /** Leave something as the new device */
  'POST /api/pairings/answers': { json: { pairingId: string; n: number; blob: string }; answer: Record<string, never> };
  /** The chain of the mailbox whose recovery key signs */
  'POST /api/recoveries/lookup': {
    json: { request: string; signature: string; after: number };
    answer: { mailboxId: string; statements: string[]; last: number };
  };
  /** Begin a mailbox anew */
  'POST /api/recoveries': { json: { mailboxId: string; statements: readonly string[] }; answer: { seq: number } };
}
