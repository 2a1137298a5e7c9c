// The layers of the source: see CONTRIBUTING.md. The core decides, the edges act, only main and the CLI wire.
const CORE = ['time', 'job', 'limit', 'platform', 'schedule']; // each imports only what stands to its left
const EDGES = ['http', 'store', 'sink', 'monitor', 'sandbox', 'simulation'];
const LEAVES = '^src/(errors|log|secrets)\\.ts$';
const WIRING = '^src/(main|cli)(\\.ts$|/)';
// The starred files of the core: they touch a library, and only the wiring may import them.
const STARRED = {
  'src/job/load.ts': 'jiti',
  'src/limit/queue.ts': 'bottleneck',
  'src/platform/conformance-property.ts': 'fast-check',
  'src/schedule/ticker.ts': 'node-cron',
};

// What a bundled vendor may take from another one: the same gateway stands in front of both.
const BORROWED = ['yida from dingtalk/', 'taobao from aliyun/sms'];

const folder = (names) => `^src/(${names.join('|')})/`;

const coreOrder = CORE.map((name, at) => ({
  name: `core-order-${name}`,
  comment: `${name}/ imports only itself and ${CORE.slice(0, at).join(', ') || 'nothing else'} of the core.`,
  severity: 'error',
  from: { path: folder([name]) },
  to: { path: '^src/', pathNot: [folder(CORE.slice(0, at + 1)), LEAVES] },
}));

const edgesApart = EDGES.map((name) => ({
  name: `edge-${name}`,
  comment: `${name}/ is an edge: it imports the core and itself, never another edge, run or the wiring.`,
  severity: 'error',
  from: { path: folder([name]) },
  to: { path: '^src/', pathNot: [folder([...CORE, name]), LEAVES] },
}));

const starred = Object.entries(STARRED).flatMap(([file, library]) => [
  {
    name: `only-${library}-file`,
    comment: `Only ${file} imports ${library}.`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^${file}$` },
    to: { path: `node_modules/${library}/` },
  },
  {
    name: `wired-${library}`,
    comment: `${file} is imported by main and the CLI only.`,
    severity: 'error',
    from: { path: '^src/', pathNot: WIRING },
    to: { path: `^${file}$` },
  },
]);

// A vendor's file and those of its folder, by the name of either.
const OWN = '^src/platform/bundled/([a-z-]+)(?:\\.ts$|/)';

const vendorsApart = [
  {
    name: 'vendors-apart',
    comment: 'A bundled vendor imports building blocks and its own files, never those of another vendor.',
    severity: 'error',
    from: { path: OWN },
    to: {
      path: '^src/platform/bundled/',
      pathNot: ['^src/platform/bundled/$1(\\.ts$|/)', ...BORROWED.map(borrowed)],
    },
  },
  ...BORROWED.map((line) => ({
    name: `borrowed-${line.split(' ')[0]}`,
    comment: `Nobody else borrows: ${line}.`,
    severity: 'error',
    from: { path: OWN, pathNot: ownOf(line) },
    to: { path: borrowed(line), pathNot: '^src/platform/bundled/$1(\\.ts$|/)' },
  })),
  {
    name: 'blocks-know-no-vendor',
    comment: 'A building block serves every vendor: only the registry imports bundled ones.',
    severity: 'error',
    from: { path: '^src/platform/[^/]+$', pathNot: '^src/platform/registry\\.ts$' },
    to: { path: '^src/platform/bundled/' },
  },
  {
    name: 'registry-lists-only',
    comment: 'Inside the platforms nothing asks which vendors there are.',
    severity: 'error',
    from: { path: '^src/platform/' },
    to: { path: '^src/platform/registry\\.ts$' },
  },
];

function borrowed(line) {
  return `^src/platform/bundled/${line.split(' from ')[1]}`;
}

function ownOf(line) {
  return `^src/platform/bundled/${line.split(' from ')[0]}(\\.ts$|/)`;
}

module.exports = {
  forbidden: [
    ...coreOrder,
    ...edgesApart,
    ...starred,
    ...vendorsApart,
    {
      name: 'run-is-handed-its-edges',
      severity: 'error',
      from: { path: '^src/run/' },
      to: { path: '^src/', pathNot: [folder([...CORE, 'run']), LEAVES] },
    },
    {
      name: 'public-api-is-definitions-only',
      comment: 'index.ts is loaded by every job file: no edge, no run, no database driver behind it.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/', pathNot: [folder(CORE), LEAVES, '^src/config\\.ts$'] },
    },
    {
      name: 'config-is-core',
      severity: 'error',
      from: { path: '^src/config\\.ts$' },
      to: { path: '^src/', pathNot: [folder(CORE), LEAVES] },
    },
    {
      name: 'leaves-import-nothing-of-ours',
      severity: 'error',
      from: { path: LEAVES },
      to: { path: '^src/', pathNot: LEAVES },
    },
    {
      name: 'only-wiring-imports-wiring',
      severity: 'error',
      from: { path: '^src/', pathNot: WIRING },
      to: { path: WIRING },
    },
    {
      name: 'sqlite-stays-in-store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(@types/)?better-sqlite3/' },
    },
    {
      name: 'undici-stays-in-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'luxon-stays-in-time-and-schedule',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(time|schedule)/' },
      to: { path: 'node_modules/(@types/)?luxon/' },
    },
    {
      name: 'core-is-pure',
      comment: 'The core decides and is pure: no file, socket or process behind it (the loader excepted).',
      severity: 'error',
      from: { path: folder(CORE), pathNot: '^src/job/load\\.ts$' },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(crypto|util|assert|events|querystring|url|path|timers|timers/promises|perf_hooks)$',
      },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
