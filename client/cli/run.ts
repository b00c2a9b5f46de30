import { languageFromEnvironment } from './environment.js';
import { type Output, createOutput } from './output.js';

/** How a command's code is called with what the parser read. */

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

interface CommonOptions {
  readonly json?: boolean;
}

function outputFor(options: CommonOptions): Output {
  return createOutput({ json: options.json === true, language: languageFromEnvironment() });
}

type Loader<Action> = () => Promise<Action>;

/** A command's code is loaded when it is called: `inbox` does not wait for the relay's modules. */
export function run<O>(load: Loader<(options: O, output: Output) => Promise<void>>) {
  return async (options: O & CommonOptions): Promise<void> => (await load())(options, outputFor(options));
}

export function run1<A, O>(load: Loader<(argument: A, options: O, output: Output) => Promise<void>>) {
  return async (argument: A, options: O & CommonOptions): Promise<void> =>
    (await load())(argument, options, outputFor(options));
}

export function run2<A, B, O>(load: Loader<(first: A, second: B, options: O, output: Output) => Promise<void>>) {
  return async (first: A, second: B, options: O & CommonOptions): Promise<void> =>
    (await load())(first, second, options, outputFor(options));
}
