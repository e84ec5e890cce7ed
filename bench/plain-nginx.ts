import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../test/support/free-port.ts'
import { startNginx } from '../test/support/nginx.ts'

export interface PlainNginx extends AsyncDisposable {
  readonly origin: string
  readonly pid: number
}

/** nginx with the settings of Debian's package that matter here; without its log, since ours writes no line for a file either. */
export const startPlainNginx = async (
  folder: string,
  served: { readonly location: string; readonly from: string },
): Promise<PlainNginx> => {
  const port = await freePort()
  await mkdir(folder)
  const server = await startNginx({ folder, config: configOf(folder, { ...served, port }), port })
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: server.pid,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const configOf = (
  folder: string,
  { location, from, port }: { readonly location: string; readonly from: string; readonly port: number },
): string => `
worker_processes auto;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n  ')}
  types { video/mp4 m4s mp4; }
  server {
    listen 127.0.0.1:${port};
    location ${location} { alias ${from}; }
    location = / { return 404; }
  }
}
`
