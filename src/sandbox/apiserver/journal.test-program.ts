/** Writes as fast as it can and says what was acknowledged, until it is killed. */
import { openJournal, storedIn } from "./journal.ts"
import { createStore } from "./store.ts"

const folder = process.argv[2]!
const store = createStore(storedIn(folder))
const journal = openJournal(folder, store)
for (let count = 0; ; count++) {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c${count % 50}`, namespace: "shop" } }
  const { metadata } = store.put("configmaps", `shop/c${count % 50}`, { ...object, data: { count: String(count) } })
  await journal.written()
  process.stdout.write(`${metadata.resourceVersion} ${count}\n`)
}
