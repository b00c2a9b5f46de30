import type * as z from 'zod/mini';
import { parseAnswer } from './answer.js';
import { type Exchange } from './http.js';
import { type Answer, type Input, type OperationName, requestOf } from './operation.js';

/** What of the relay's sessions and retries the routes need. */
export interface Asking {
  json(request: Exchange): Promise<unknown>;
  nothing(request: Exchange): Promise<void>;
}

/** Nothing, when the schema takes every answer that the relay's document allows; else a schema that fits nowhere. */
type Takes<Name extends OperationName, Schema extends z.ZodMiniType> =
  Answer<Name> extends z.input<Schema> ? unknown : { readonly answerIsDocumentedOtherwise: Answer<Name> };

/** An operation's answer, parsed. What the schema expects and what the document promises is held together by the compiler. */
export async function ask<Name extends OperationName, Schema extends z.ZodMiniType>(
  call: Asking,
  name: Name,
  schema: Schema & Takes<Name, Schema>,
  input: Input<Name>,
): Promise<z.output<Schema>> {
  return parseAnswer<z.output<Schema>>(
    schema as unknown as z.ZodMiniType<z.output<Schema>>,
    await call.json(requestOf(name, input)),
  );
}

/** An operation whose answer says no more than that it was done. */
export function tell<Name extends OperationName>(call: Asking, name: Name, input: Input<Name>): Promise<void> {
  return call.nothing(requestOf(name, input));
}
