import { PAGE_STYLE } from './page-style.ts'

export const FRONT_STYLE = `${PAGE_STYLE}
main { max-width: 760px }
h1 { font-size: 28px; margin-bottom: 8px }
h2 { font-size: 16px; font-weight: 600; margin: 32px 0 8px }
p { margin: 0 0 8px; color: var(--dim) }
.runs { color: #7ddc8c }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin: 0 0 8px;
  overflow-x: auto; font: 13px/1.6 ui-monospace, monospace }
code { color: var(--ink) }
form { display: flex; flex-wrap: wrap; gap: 8px }
input { flex: 1 1 200px; min-width: 0 }
button { background: var(--accent); border-color: var(--accent); color: #101214; font-weight: 600; cursor: pointer }
`

/** Without it the field leads nowhere: the page's address is a path, and forms make queries. */
export const FRONT_SCRIPT = `
'use strict'
document.querySelector('form').onsubmit = (event) => {
  event.preventDefault()
  location.href = '/watch/' + encodeURIComponent(document.querySelector('input').value.trim())
}
`

const CALL = `curl ENDPOINT/v1.0/PROJECT_ID/asset/reproduction \\
  -H 'X-Auth-Token: TOKEN' -H 'Content-Type: application/json' -d '{
    "title": "My first film", "video_type": "MP4", "auto_publish": 1,
    "template_group_name": "system_template_group",
    "input": {"bucket": "studio", "location": "REGION", "object": "video.mp4"}}'`

const ENGLISH = {
  lang: 'en',
  purpose:
    'Telecine turns media that lie in your buckets into managed adaptive streams: one REST call, wire-compatible with Huawei Cloud VOD.',
  runs: 'It is running.',
  credentials: 'Credentials',
  where: 'Endpoint, project, access key, user and password are in <code>credentials.json</code> in the data folder.',
  call: 'The first call',
  token:
    'TOKEN comes from <code>POST /v3/auth/tokens</code>; the other words in capitals are in <code>credentials.json</code>. ' +
    'The bucket must be authorised before. The README has all of it, with the SDK too.',
  watch: 'Watch',
  field: 'Asset id',
  open: 'Open',
} as const

type Texts = { readonly [Name in keyof typeof ENGLISH]: string }

const CHINESE: Texts = {
  lang: 'zh',
  purpose: 'Telecine 把您存储桶中的媒体文件变成受管理的自适应流：只需一次 REST 调用，接口与华为云 VOD 协议兼容。',
  runs: '服务正在运行。',
  credentials: '凭证',
  where: '终端节点、项目、访问密钥、用户和密码都在数据目录的 <code>credentials.json</code> 中。',
  call: '第一次调用',
  token:
    'TOKEN 由 <code>POST /v3/auth/tokens</code> 获取，其余大写单词的值见 <code>credentials.json</code>。' +
    '调用前需先授权存储桶。完整步骤（包括使用 SDK）见 README。',
  watch: '观看',
  field: '媒资 ID',
  open: '打开',
}

const pageOf = (text: Texts): string => `<!doctype html>
<html lang="${text.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Telecine</title>
<style>${FRONT_STYLE}</style>
</head>
<body>
<main>
<h1>Telecine</h1>
<p>${text.purpose}</p>
<p class="runs">${text.runs}</p>
<h2>${text.watch}</h2>
<form><input aria-label="${text.field}" placeholder="${text.field}" required pattern="\\s*[0-9a-f]{32}\\s*" autocomplete="off" spellcheck="false">
<button>${text.open}</button></form>
<h2>${text.credentials}</h2>
<p>${text.where}</p>
<h2>${text.call}</h2>
<pre>${CALL}</pre>
<p>${text.token}</p>
</main>
<script>${FRONT_SCRIPT}</script>
</body>
</html>
`

/** The same for everybody: nothing of this installation is in it. */
export const FRONT_PAGES = { en: pageOf(ENGLISH), zh: pageOf(CHINESE) } as const
