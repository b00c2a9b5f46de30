let controller: AbortController | null = null;

/** Aborted by the first Ctrl-C: the command ends in order and can be resumed. The second one ends the process. */
export function interruptSignal(): AbortSignal {
  if (controller === null) {
    const created = new AbortController();
    controller = created;
    process.once('SIGINT', () => created.abort());
    process.once('SIGTERM', () => created.abort());
  }
  return controller.signal;
}
