// pm2 start ecosystem.config.js: the daemon, as one process. A second one on the same store would stand by.
// Never add cron_restart, time, log_date_format or log_type: docs/operating.md says why.
module.exports = {
  apps: [
    {
      name: 'offpeak',
      script: 'dist/main.js',
      exec_mode: 'fork',
      instances: 1,
      wait_ready: true, // online means: the config is good, the store is open, and missed slots have their runs
      listen_timeout: 15_000,
      kill_timeout: 30_000, // at least shutdownTimeoutMs / 0.8: pm2 must not kill before the calm end
      stop_exit_codes: [78], // a config that cannot work: a restart would not cure it
      exp_backoff_restart_delay: 200,
      max_memory_restart: '512M',
      merge_logs: true,
      env: { NODE_ENV: 'production' },
    },
  ],
};
