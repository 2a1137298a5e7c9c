/** Pages of the vendor's documents, by what they are about. */
export const DOCS = {
  /** "API call limits": the dimensions and the QPS of single APIs. */
  limits: docPage('024cdc63d29892145414b872017519e41659952772240'),
  /** "Rules for applying for app traffic": what an app starts with. */
  traffic: docPage('e759c2d7db83c850ec3146074a40da8d1616125375613'),
  /** "App authorisation": endpoints, lives and codes of tokens. */
  authorisation: docPage('e1d9e229332f4f233a04b44833a5dfe71614263940720'),
  /** "Return codes": those of the order and refund APIs. */
  returnCodes: docPage('5de448fecaddd4c58104e8aea442695b1614263998209'),
} as const;

/** Articles of the vendor's support pages, by their numbers. */
export const FAQ = {
  /** The token lacks a permission. */
  K0003: faqPage('0fadf84ba78049e96f4bb94ea37b69351618228070897'),
  /** Access refused: the token has expired, among other causes. */
  K0004: faqPage('002c1c7eb1c780b349f8c81a78772e711618229933953'),
  /** The account is gone. */
  K0005: faqPage('0091dfcb14a85a43a8186ebaec2ff5231618231689034'),
  /** The consent was withdrawn. */
  K0006: faqPage('b364ea3121bf4524118721248de7fb911618307135717'),
  /** A refresh token was used before. */
  K0008: faqPage('e62738fd59e01aae65ed2577a46f00151636685473087'),
  /** The signature is wrong. */
  K1004: faqPage('b396b8b7ebf9d4c1d20cb6e75f5adb5b1618228469837'),
  /** Refused by a limit. */
  K1008:
    'https://open.kwaixiaodian.com/zone/new/faq/detail?cateId=40&pageSign=9b1f829db26763cb185dd119f54748111646964966070',
} as const;

function docPage(sign: string): string {
  return `https://open.kwaixiaodian.com/zone/new/docs/dev?pageSign=${sign}`;
}

function faqPage(sign: string): string {
  return `https://open.kwaixiaodian.com/zone/new/faq/detail?cateId=all&pageSign=${sign}`;
}
