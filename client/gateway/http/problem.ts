/** docs/integration.md §9: every code, its status and title. The only place of the gateway that knows HTTP status codes of errors. */
const PROBLEMS = {
  'request-invalid': [400, 'The request does not have the documented form'],
  'key-required': [401, 'A valid key is needed'],
  'origin-refused': [403, 'Pages of other origins are not answered'],
  'scope-missing': [403, 'The key may not do this'],
  'contact-denied': [403, 'A recipient does not take messages of this mailbox'],
  'not-found': [404, 'There is nothing here by this name'],
  'method-not-allowed': [405, 'Not with this method'],
  'not-acceptable': [406, 'Not to be had in any of the forms that are accepted'],
  conflict: [409, 'The state does not allow it'],
  'in-progress': [409, 'The same request is still being worked on'],
  'message-incomplete': [409, 'Not everything of the message is here yet'],
  'instance-conflict': [409, 'None of the instances was taken'],
  gone: [410, 'Expired or withdrawn'],
  'too-large': [413, 'Over a limit'],
  'media-type-unsupported': [415, 'Not a media type that is read here'],
  'host-refused': [421, 'The gateway does not answer to this name'],
  'idempotency-mismatch': [422, 'The idempotency key was used for another request'],
  'recipient-unknown': [422, 'A recipient has no mailbox'],
  'recipient-unverified': [422, 'The keys of a recipient cannot be verified'],
  'nothing-to-send': [422, 'Neither a text nor a file'],
  'content-refused': [422, 'Something that was given cannot be taken'],
  'too-many': [429, 'Too many at once'],
  internal: [500, 'The gateway failed'],
  'pacs-failed': [502, 'The PACS did not answer as it should'],
  unavailable: [503, 'The gateway cannot do this now'],
  'disk-full': [507, 'No room left'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions extends ErrorOptions {
  /** For developers; programs decide by `code`. Never a value that came from the request. */
  readonly detail?: string;
  /** Names of the fields that are wrong. */
  readonly fields?: readonly string[];
}

/** Thrown by handlers; answered as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code][1], options);
    this.code = code;
    this.options = options;
  }
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly fields?: readonly string[];
}

export function problemDocument({ code, options: { detail, fields } }: Problem): ProblemDocument {
  const [status, title] = PROBLEMS[code];
  return {
    type: `urn:bildbote:gateway:problem:${code}`,
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(fields === undefined ? {} : { fields }),
  };
}

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0];
}
