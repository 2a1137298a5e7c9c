// The layers of the source: see CONTRIBUTING.md. The core decides, the edges act, only main and the CLI wire.
const CORE = ['time', 'job', 'limit', 'platform', 'schedule']; // each imports only what stands to its left
const EDGES = ['http', 'store', 'sink', 'monitor', 'sandbox'];
const LEAVES = '^src/(errors|log|secrets)\\.ts$';
const WIRING = '^src/(main|cli)(\\.ts$|/)';
// The starred files of the core: they touch a library, and only the wiring may import them.
const STARRED = {
  'src/job/load.ts': 'jiti',
  'src/limit/queue.ts': 'bottleneck',
  'src/schedule/ticker.ts': 'node-cron',
};

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

module.exports = {
  forbidden: [
    ...coreOrder,
    ...edgesApart,
    ...starred,
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
