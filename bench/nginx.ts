import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { request } from 'undici';

/** Debian keeps it off the path of ordinary users. */
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);

export function hasNginx(): boolean {
  try {
    execFileSync('nginx', ['-v'], { env: { PATH }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Nginx {
  readonly url: string;
  close(): void;
}

/** nginx with `limit_req` in front of a server of ours; everything that it writes is in a folder of its own. */
export async function openNginx(options: { perSecond: number; burst: number; upstream: string }): Promise<Nginx> {
  const prefix = mkdtempSync(join(tmpdir(), 'offpeak-nginx-'));
  const port = await freePort();
  writeFileSync(join(prefix, 'nginx.conf'), config({ ...options, port }));
  // `error_log` in the file comes too late for the first lines, which would go to the folder it was built with.
  const child = spawn('nginx', ['-p', prefix, '-c', 'nginx.conf', '-e', '/dev/null'], {
    env: { PATH },
    stdio: 'inherit',
  });
  const close = (): void => {
    child.kill('SIGKILL');
    rmSync(prefix, { recursive: true, force: true });
  };
  process.once('exit', close);
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  return { url, close };
}

function config(options: { port: number; perSecond: number; burst: number; upstream: string }): string {
  const { port, perSecond, burst, upstream } = options;
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  return `
daemon off; master_process off; pid nginx.pid; error_log /dev/null;
events { worker_connections 4096; }
http {
  access_log off; ${folders.join(' ')}
  keepalive_requests 1000000;
  limit_req_zone $server_name zone=bench:1m rate=${perSecond}r/s;
  limit_req_status 429;
  upstream bare { server ${new URL(upstream).host}; keepalive 512; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1; proxy_set_header Connection "";
    location = /warm { proxy_pass http://bare; }
    location / { limit_req zone=bench burst=${burst} nodelay; proxy_pass http://bare; }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await (await request(`${url}/warm`)).body.dump();
      return;
    } catch (thrown) {
      if (tries >= 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
