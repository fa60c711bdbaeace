import { dispatch } from "./dispatch.ts"
import { terminal } from "./out.ts"

void dispatch(process.argv.slice(2), terminal).then((code) => {
  process.exitCode = code
})
