import { pickScope, type Scope, type ScopeName } from '../job/scope';
import type { ErrorReply } from './error-reply';
import type { ClassifyContext } from './platform';

/**
 * Only these names of the call's scope. A name that the call lacks means that what the platform names is not known
 * here: then no more than this very call is stopped.
 */
export function scopeOf(context: ClassifyContext, names: readonly ScopeName[]): Scope {
  return names.every((name) => context.scope[name] !== undefined) ? pickScope(context.scope, names) : context.scope;
}

/** Whom a cloud counts over all keys and sub-accounts: the call's organisation where it names one, else what stands for the account. */
export function mainAccount({ context }: ErrorReply): Scope {
  return scopeOf(context, [context.scope.org === undefined ? 'app' : 'org']);
}
