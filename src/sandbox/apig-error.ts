import { invalidParameterText } from '../platform/bundled/apig/policy';
import { requestId } from './reply';

/** An answer of the gateway or of its control plane that is an error. */
export interface ApigError {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** By code: status and text of the vendor's tables, "Error Codes" of the API reference and of the user guide. */
const ERRORS = {
  'APIG.0101': [404, 'The API does not exist or has not been published in the environment.'],
  'APIG.0301': [401, 'Incorrect IAM authentication information.'],
  'APIG.0303': [401, 'Incorrect app authentication information.'],
  'APIG.0307': [401, 'The token must be updated.'],
  'APIG.1002': [401, 'Incorrect token or token resolution failed'],
  'APIG.1005': [403, 'No permissions to request this method'],
  'APIG.3005': [404, 'The request throttling policy does not exist.'],
  'APIG.3012': [404, 'The request throttling policy binding record does not exist'],
  'APIG.3013': [404, 'The excluded request throttling configuration does not exist.'],
  'APIG.3107': [403, 'The number of request throttling policies exceeds the maximum allowed limit.'],
  'APIG.3204': [400, 'The request throttling policy name already exists.'],
  'APIG.3308': [400, 'The excluded request throttling configuration already exists.'],
  'APIG.3451': [403, 'The request throttling policy cannot be deleted because it has been bound to APIs.'],
} as const;

export function apigError(code: keyof typeof ERRORS): ApigError {
  const [status, text] = ERRORS[code];
  return { status, code, text };
}

export function invalidParameter(parameter: string): ApigError {
  return { status: 400, code: 'APIG.2011', text: invalidParameterText(parameter) };
}

/** What listing and reading say instead. */
export function invalidQuery(parameter: string): ApigError {
  return { ...invalidParameter(parameter), code: 'APIG.2012' };
}

/** In the gateway's default form. */
export function errorBody({ code, text }: ApigError, n: number): object {
  return { error_msg: text, error_code: code, request_id: requestId(n) };
}
