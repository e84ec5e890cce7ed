import { WATCH_SCRIPT } from './watch-script.ts'

const STYLE = `
:root { color-scheme: dark; --bg: #101214; --panel: #1a1d21; --ink: #eceff1; --dim: #9aa4ad; --accent: #ffb454 }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px }
h1 { font-size: 20px; font-weight: 600; margin: 0 0 16px; overflow-wrap: anywhere }
.stage { position: relative; background: #000; border-radius: 10px; overflow: hidden; aspect-ratio: 16 / 9 }
video { width: 100%; height: 100%; display: block }
.notice { position: absolute; inset: 0; display: grid; place-content: center; gap: 12px; text-align: center; padding: 24px;
  background: rgb(0 0 0 / 65%) }
.notice[hidden] { display: none }
progress { width: min(360px, 70vw); height: 8px; accent-color: var(--accent) }
.bar { display: flex; flex-wrap: wrap; gap: 16px; align-items: center; margin-top: 12px; color: var(--dim) }
select { background: var(--panel); color: var(--ink); border: 1px solid #333a41; border-radius: 6px; padding: 6px 10px;
  font: inherit }
#now { font-variant-numeric: tabular-nums }
a { color: var(--accent) }
`

/** One page for every asset: it learns everything from `/watch/{id}/state`, so nothing of a stranger's text is in the HTML. */
export const WATCH_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<link rel="icon" href="data:,">
<title>Telecine</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1 id="title">&nbsp;</h1>
<div class="stage">
<video id="video" controls playsinline></video>
<div class="notice" id="notice" role="status"><span id="text">Loading</span><progress id="progress" max="100" hidden></progress></div>
</div>
<div class="bar">
<label>Quality <select id="quality" disabled><option value="-1">Auto</option></select></label>
<span id="now"></span>
<a id="original" hidden>Original file</a>
</div>
</main>
<script src="/watch-assets/hls.min.js"></script>
<script>${WATCH_SCRIPT}</script>
</body>
</html>
`
