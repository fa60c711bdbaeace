import { runDemoApp } from "./demo-app.ts"

runDemoApp(process.env).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
  process.exitCode = 1
})
