import { type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../job/faults';
import { SCOPE_NAMES, type Scope, type ScopeName, scopeKey } from '../job/scope';

/** Gives a command the option that names a scope as `offpeak quota` prints it. */
export function withScope(command: Command, description: string): Command {
  return command.addOption(new Option('--scope <names>', description).argParser(parseScope));
}

/** `user=42`, or several: `app=ks1;user=42`. */
export function parseScope(text: string): Scope {
  const scope: Partial<Record<ScopeName, string>> = {};
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^\s*(\w+)=(.+)$/.exec(part) ?? [];
    if (value === '') throw new InvalidArgumentError(`Expected NAME=VALUE, such as user=42, got "${part}".`);
    if (!isScopeName(name))
      throw new InvalidArgumentError(`There is no name "${name}"${didYouMean(name, SCOPE_NAMES)}`);
    scope[name] = value;
  }
  return scope;
}

/** True when the counter of this key is of a scope with these names; it may have more. */
export function isCounterOf(key: string, scope: Scope): boolean {
  const parts = key.split(';');
  return scopeKey(scope)
    .split(';')
    .every((part) => part === '' || parts.includes(part));
}

/** A scope as a word of a shell's command line. */
export function shellScope(scope: Scope): string {
  return `'${scopeKey(scope).replaceAll("'", "'\\''")}'`;
}

function isScopeName(name: string): name is ScopeName {
  return (SCOPE_NAMES as readonly string[]).includes(name);
}
