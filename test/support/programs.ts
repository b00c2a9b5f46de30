import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether a program that some tests hold ours against is installed. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${name}`));
}

/** A Python that has pydicom, or null: Debian's lies beside others. */
export function pythonWithPydicom(): string | null {
  const candidates = ['/usr/bin/python3', 'python3'];
  return candidates.find((python) => spawnSync(python, ['-c', 'import pydicom']).status === 0) ?? null;
}
