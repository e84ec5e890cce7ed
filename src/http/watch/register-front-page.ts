import type { FastifyInstance } from 'fastify'
import { unknownPath } from '../gateway-error.ts'
import { FRONT_PAGES, FRONT_SCRIPT, FRONT_STYLE } from './front-page.ts'
import { pagePolicy } from './page-policy.ts'

/** `GET /` for browsers, which name HTML in what they accept. Everybody else gets the gateway's 404, as from the vendor. */
export const registerFrontPage = (app: FastifyInstance): void => {
  const policy = pagePolicy({ script: FRONT_SCRIPT, style: FRONT_STYLE })
  app.get('/', async (request, reply) => {
    const { accept = '', 'accept-language': languages } = request.headers
    reply.header('vary', 'accept, accept-language')
    if (!accept.includes('text/html')) throw unknownPath()
    return reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .header('cache-control', 'no-cache')
      .send(prefersChinese(languages) ? FRONT_PAGES.zh : FRONT_PAGES.en)
  })
}

/** By whichever of the two comes first; browsers list what they prefer first. */
const prefersChinese = (languages = ''): boolean => /\b(zh|en)\b/i.exec(languages)?.[1]?.toLowerCase() === 'zh'
