/** Why a peer's bytes are refused (PS3.8 §9.3): the association is aborted, nothing else happens. */
export type DimseErrorCode =
  | 'pdu-type' // not one of the seven
  | 'pdu-length' // longer than its limit, or not what its content says
  | 'pdu-item' // an item that does not fit into its PDU, is missing, or stands twice
  | 'pdu-unexpected' // a PDU that has no place in the association's state
  | 'pdv' // a fragment without a context, out of turn, or too many
  | 'command' // a command set that is not readable, too long, or not one of those that are served
  | 'timeout' // nothing came in time
  | 'closed'; // the peer has closed the connection, or aborted

export class DimseError extends Error {
  override readonly name = 'DimseError';
  readonly code: DimseErrorCode;

  constructor(code: DimseErrorCode, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function refuse(code: DimseErrorCode): never {
  throw new DimseError(code);
}
