import { execFileSync } from "node:child_process"
import { join } from "node:path"

const requirements = join(import.meta.dirname, "../test/cluster/control-plane")

const folderOf = (module: string): string =>
  execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd: requirements, encoding: "utf8" }).trim()

/** Where a module of Kubernetes is, in the version of test/cluster/control-plane/go.mod. Needs Go. */
export function moduleFolder(module: string): string {
  const folder = folderOf(module)
  if (folder) return folder
  // One that is not in the cache yet has no folder.
  execFileSync("go", ["mod", "download", module], { cwd: requirements, stdio: "inherit" })
  return folderOf(module)
}

/** The modules that have the types of the API, by how their names in OpenAPI begin. */
export const apiModules = (): Record<string, string> => ({
  "io.k8s.api.": moduleFolder("k8s.io/api"),
  "io.k8s.apimachinery.": moduleFolder("k8s.io/apimachinery"),
  "io.k8s.apiextensions-apiserver.": moduleFolder("k8s.io/apiextensions-apiserver"),
})

/** `core.v1.Pod` of `io.k8s.api.core.v1.Pod`. */
export const shortName = (name: string): string =>
  name.replace(
    /^(io\.)?k8s\.(io\.)?(api\.|apimachinery\.|apiextensions[-_]apiserver\.pkg\.apis\.)(pkg\.(apis\.|api\.|util\.)?)?/,
    "",
  )
