import { PAGE_STYLE } from './page-style.ts'
import { WATCH_SCRIPT } from './watch-script.ts'

export const WATCH_STYLE = `${PAGE_STYLE}
.stage { position: relative; background: #000; border-radius: 10px; overflow: hidden; aspect-ratio: 16 / 9 }
video { width: 100%; height: 100%; display: block }
.notice { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px;
  text-align: center; padding: 24px; background: rgb(0 0 0 / 65%); overflow-wrap: anywhere }
progress { width: min(360px, 70vw); height: 8px; accent-color: var(--accent) }
.bare::-webkit-media-controls-timeline { display: none }
.seeking { position: relative; margin-top: 8px }
#seek { width: 100%; margin: 0; padding: 0; accent-color: var(--accent); cursor: pointer }
.preview { position: absolute; bottom: 100%; padding: 4px; border-radius: 6px; background: var(--panel); pointer-events: none;
  text-align: center; font-size: 13px }
.bar { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin-top: 12px; color: var(--dim) }
#now { font-variant-numeric: tabular-nums }
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
<style>${WATCH_STYLE}</style>
</head>
<body>
<main>
<h1 id="title">Telecine</h1>
<div class="stage">
<video id="video" playsinline></video>
<div class="notice" id="notice" role="status"><span id="text">Loading</span><progress id="progress" max="100" hidden></progress>
<a id="download" download hidden>Download the original file</a></div>
</div>
<div class="seeking" id="seeking" hidden>
<input id="seek" type="range" min="0" max="1" step="any" value="0" aria-label="Seek">
<div class="preview" id="preview" hidden><div id="picture"></div><span id="moment"></span></div>
</div>
<div class="bar">
<label id="menu" hidden>Quality <select id="quality"></select></label>
<label id="subtitles" hidden>Subtitles <select id="subtitle"></select></label>
<span id="now"></span>
<span id="work" role="status"></span>
<a id="original" hidden>Original file</a>
</div>
</main>
<script src="/watch-assets/hls.min.js"></script>
<script>${WATCH_SCRIPT}</script>
</body>
</html>
`
