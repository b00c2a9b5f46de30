import { type Exchange } from './http.js';
import { type MailboxOperations } from './operations/mailbox-operations.js';
import { type MessageOperations } from './operations/message-operations.js';
import { type PublicOperations } from './operations/public-operations.js';

/** The relay's operations by method and path, typed by what its own document says of them (decision 92). */
export type Operations = PublicOperations & MailboxOperations & MessageOperations;

export type OperationName = keyof Operations;

/** What an operation answers with, as it travels. */
export type Answer<Name extends OperationName> = Operations[Name]['answer'];

/** What it takes: parameters of the path, of the query, headers, and a body. */
export type Input<Name extends OperationName> = Omit<Operations[Name], 'answer'>;

interface AnyInput {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly header?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  readonly body?: readonly Uint8Array<ArrayBuffer>[];
}

/** The request of an operation. Each part of a path is escaped: none can lead elsewhere. */
export function requestOf<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  signal?: AbortSignal | undefined,
): Exchange {
  const { path = {}, query = {}, header, json, body }: AnyInput = input;
  const [method, pattern] = name.split(' ') as [Exchange['method'], string];
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key])));
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
  return {
    method,
    path: `${filled}${search}`,
    signal,
    ...(header === undefined ? {} : { headers: textOf(header) }),
    ...(json === undefined ? {} : { json }),
    ...(body === undefined ? {} : { body }),
  };
}

function textOf(fields: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}
