import { strictShape } from '../job/faults';
import { isSecret, type Secret } from '../secrets';
import type { AccountVendor } from './account';
import { appToken } from './app-token';
import type { Credential } from './authentication';
import { definePlatform } from './define';
import { keyOption, keyText, parseOptions, scopeName, secretOption } from './options';
import type { HttpRequest, Platform } from './platform';
import { definitionOf, type PlatformOptions, platformOptions, requestOption } from './platform-options';
import { type RequestBuilder, rest } from './rest';

/** One app whose access token is fetched from its id and secret, and renewed in time. */
export interface AppAccountOptions extends PlatformOptions {
  readonly appId: string | Secret;
  readonly appSecret: Secret;
  /** Builds the requests instead. */
  readonly request?: RequestBuilder;
}

/** What a vendor's file says of it. */
export interface AppVendor extends Pick<AccountVendor, 'name' | 'baseUrl' | 'day' | 'budgets' | 'classify'> {
  /** How a request shows the access token. */
  readonly credential: Credential;
  readonly token: {
    /** Asks for a token. */
    readonly request: (app: {
      readonly origin: string;
      readonly appId: string;
      readonly appSecret: string;
    }) => HttpRequest;
    /** Where the reply holds the token, and its life in seconds. */
    readonly paths: { readonly token: string; readonly seconds: string };
  };
}

/** The platform of an app. Throws CONFIG_INVALID. */
export function appPlatform(vendor: AppVendor, options: AppAccountOptions): Platform {
  const given = parseOptions(vendor.name, schema, options);
  const { appId, appSecret } = given;
  const { origin } = new URL(given.baseUrl ?? vendor.baseUrl);
  const day = given.day ?? vendor.day;
  return definePlatform({
    vendor: vendor.name,
    origins: [origin],
    ...definitionOf(options, vendor),
    budgets: vendor.budgets,
    secrets: [appId, appSecret].filter(isSecret),
    app: scopeName(appId),
    tokens: appToken({
      request: (auth) =>
        vendor.token.request({
          origin,
          appId: keyText(appId, auth),
          appSecret: auth.reveal(appSecret),
        }),
      classify: vendor.classify,
      day,
      paths: vendor.token.paths,
      advice: 'Check appId and appSecret.',
    }),
    request: given.request ?? rest({ baseUrl: origin, credentials: [vendor.credential] }),
    classify: vendor.classify,
  });
}

const schema = strictShape({
  ...platformOptions,
  appId: keyOption,
  appSecret: secretOption,
  request: requestOption,
});
