/** What the operator is told where vendors refuse alike: one sentence each. What a vendor alone needs stands in its rules. */

export const PLATFORM_TROUBLE = "Nothing to do: the trouble is on the platform's side.";
export const SIGNATURE_REFUSED = 'The signature was refused: check appKey and appSecret.';
export const REQUEST_REFUSED = 'The platform does not take this one request: see what it says of it.';
export const CALLS_TOO_FAST = 'Nothing to do: calls were too fast.';
export const MINUTE_LIMIT = 'Nothing to do: the API is limited per minute.';
